"""What was said is in no file of an SQLite database any more, once it was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import storage
from bot.models import Answer, Prompt, PromptSource, State
from bot.storage import FinishedNotes, Ledger, WriteAheadLog
from tests.fixtures import file_of, note_of

if TYPE_CHECKING:
    from pathlib import Path

SPOKEN = "a-word-that-was-spoken"
ASKED = "a-word-that-was-asked"
FILE = "a-name-of-a-file"


def holds(folder: Path, *words: str) -> set[str]:
    """The words that can be found in any file of a folder."""
    held = b"".join(file.read_bytes() for file in folder.iterdir())
    return {word for word in words if word.encode() in held}


async def test_nothing_said_is_left_in_any_file(tmp_path: Path) -> None:
    """Neither in the log, which still has each page as it was written, nor in pages that are not used any more."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        ledger, log = Ledger(database), WriteAheadLog(database)
        await log.empty()
        notes = [
            note_of(
                message_id=number,
                attachment=file_of(filename=f"{FILE}.ogg"),
                prompt=Prompt(text=ASKED * 200, source=PromptSource.SERVER),
            )
            for number in range(1, 30)
        ]
        for note in notes:
            await ledger.receive([note])
            [claim] = await ledger.claim(note.message_id)
            await ledger.answered(claim, Answer(text=SPOKEN * 500, model="a/b"), 4.0)
        assert holds(tmp_path, SPOKEN, ASKED, FILE) == {SPOKEN, ASKED, FILE}
        for note in notes[:20]:
            [claim] = await ledger.claim(note.message_id)
            await ledger.settle(claim, State.POSTED)
        await ledger.forget([note.message_id for note in notes[20:]])
        await FinishedNotes(database).prune(-1)
        assert holds(tmp_path, SPOKEN, ASKED, FILE) != set()
        await log.empty()
        assert holds(tmp_path, SPOKEN, ASKED, FILE) == set()


async def test_a_log_nothing_was_written_to_is_left_alone(tmp_path: Path) -> None:
    """An idle bot's disk may sleep."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        ledger, log = Ledger(database), WriteAheadLog(database)
        await log.empty()
        path = tmp_path / "a.db-wal"
        before = path.stat()
        await ledger.unfinished()
        await log.empty()
        assert path.stat().st_mtime_ns == before.st_mtime_ns
        await ledger.receive([note_of()])
        assert path.stat().st_size > 0
        await log.empty()
        assert path.stat().st_size == 0
