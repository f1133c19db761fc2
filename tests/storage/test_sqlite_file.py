"""An SQLite file: transactions share commits and fail alone; what was deleted is in no file any more."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from bot import storage
from bot.models import Answer, Prompt, PromptSource, State
from bot.storage import Backlog, Deletions, FinishedNotes, Ledger, Watermarks
from bot.storage.schema import watermarks
from bot.storage.sqlite_file import ClosedError
from tests.fixtures import file_of, note_of
from tests.fixtures_database import rows_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from bot.storage import Database

SPOKEN = "a-word-that-was-spoken"
ASKED = "a-word-that-was-asked"
FILE = "a-name-of-a-file"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    """A file that is open."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        yield database


def mark(shard: int) -> sa.Insert:
    """A row."""
    return sa.insert(watermarks).values(shard_id=shard, message_id=shard)


async def marks(database: Database) -> list[int]:
    """The rows there are."""
    return [row[0] for row in await rows_of(database, sa.select(watermarks.c.shard_id).order_by("shard_id"))]


@asynccontextmanager
async def held_up(database: Database) -> AsyncGenerator[list[str]]:
    """Whatever comes in while the context is open waits until it ends; gives all that SQLite is told from then on."""
    told: list[str] = []
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold(connection: sa.Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        driver.set_trace_callback(told.append)

    holding = asyncio.create_task(database.run(hold))
    await begun.wait()
    try:
        yield told
        # All that is to come in has to be begun, and goes no further than that.
        await asyncio.sleep(0)
    finally:
        go_on.set()
    await holding


async def test_those_that_wait_share_a_commit(database: Database) -> None:
    """However many they are: it is the commits that cost."""
    async with held_up(database) as told:
        writing = [asyncio.create_task(Watermarks(database).put(shard, 1)) for shard in range(20)]
    await asyncio.gather(*writing)
    assert await marks(database) == list(range(20))
    # The one that held them up, all of them, and the reading just now.
    assert [each for each in told if each in {"BEGIN", "COMMIT"}] == ["COMMIT", *["BEGIN", "COMMIT"] * 2]


async def test_one_that_fails_is_undone_alone(database: Database) -> None:
    """Whoever waited with it notices nothing."""

    def half(connection: sa.Connection) -> None:
        connection.execute(mark(7))
        raise LookupError

    async with held_up(database):
        tasks = [
            asyncio.create_task(work)
            for work in (
                rows_of(database, mark(1)),
                database.run(half),
                # There is one already.
                rows_of(database, mark(1)),
                rows_of(database, mark(2)),
            )
        ]
    first, second, third, fourth = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, fourth) == ([], [])
    assert isinstance(second, LookupError)
    assert isinstance(third, IntegrityError)
    assert await marks(database) == [1, 2]


async def test_a_full_disk_stops_who_writes_too_much(database: Database) -> None:
    """It undoes all that was to be committed together; those that find room are run again."""

    def shrink(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")

    await database.run(shrink)
    setting = storage.GuildSettings(database)
    async with held_up(database):
        tasks = [
            asyncio.create_task(work)
            for work in (
                rows_of(database, mark(1)),
                database.once(
                    lambda connection: connection.exec_driver_sql(
                        "INSERT INTO server_settings VALUES (1, 0, 'prompt', hex(zeroblob(50000)))"
                    )
                ),
                rows_of(database, mark(2)),
            )
        ]
    first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, third) == ([], [])
    assert isinstance(second, OperationalError)
    assert await marks(database) == [1, 2]
    assert await setting.of(1) == {}


async def test_while_somebody_else_writes_all_wait(database: Database, tmp_path: Path) -> None:
    """Somebody with a tool of theirs, who forgets to commit: no transaction is lost or done twice."""

    def impatient(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")

    await database.run(impatient)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as theirs:
        theirs.execute("BEGIN IMMEDIATE")
        async with held_up(database):
            tasks = [asyncio.create_task(rows_of(database, mark(shard))) for shard in range(3)]
            told = asyncio.create_task(database.once(lambda connection: connection.execute(mark(9)).rowcount))
        with pytest.raises(OperationalError, match="locked"):
            await told
        assert [task for task in tasks if task.done()] == []
        theirs.execute("COMMIT")
    async with asyncio.timeout(20):
        await asyncio.gather(*tasks)
    assert await marks(database) == [0, 1, 2]


async def test_nothing_comes_in_after_the_end(tmp_path: Path) -> None:
    """It is told so: a transaction that waits for nobody would wait for ever."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        pass
    with pytest.raises(ClosedError):
        await Watermarks(database).get(0)


def holds(folder: Path, *words: str) -> set[str]:
    """The words that can be found in any file of a folder."""
    held = b"".join(file.read_bytes() for file in folder.iterdir())
    return {word for word in words if word.encode() in held}


async def test_nothing_said_is_left_in_any_file(database: Database, tmp_path: Path) -> None:
    """Neither in the log, which still has each page as it was written, nor in pages that are not used any more."""
    ledger = Ledger(database)
    await database.empty_log()
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
    await Deletions(ledger.database).forget([note.message_id for note in notes[20:]])
    await FinishedNotes(database).prune(-1)
    assert holds(tmp_path, SPOKEN, ASKED, FILE) != set()
    await database.empty_log()
    assert holds(tmp_path, SPOKEN, ASKED, FILE) == set()


async def test_a_log_nothing_was_written_to_is_left_alone(database: Database, tmp_path: Path) -> None:
    """An idle bot's disk may sleep."""
    ledger = Ledger(database)
    await database.empty_log()
    path = tmp_path / "a.db-wal"
    before = path.stat()
    await Backlog(database).unfinished()
    await database.empty_log()
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    await ledger.receive([note_of()])
    assert path.stat().st_size > 0
    await database.empty_log()
    assert path.stat().st_size == 0


async def test_a_log_that_cannot_be_emptied_now_is_emptied_later(database: Database, tmp_path: Path) -> None:
    """While somebody reads what is in it, as a backup does, say: notes don't wait for that, nor for it to be tried."""

    def patience(connection: sa.Connection) -> int:
        return connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()

    before = await database.run(patience)
    await rows_of(database, mark(1))
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as theirs:
        theirs.execute("BEGIN")
        theirs.execute("SELECT * FROM watermarks")
        async with asyncio.timeout(before / 2_000):
            await database.empty_log()
        assert await database.run(patience) == before
        assert (tmp_path / "a.db-wal").stat().st_size > 0
        theirs.execute("COMMIT")
    await database.empty_log()
    assert (tmp_path / "a.db-wal").stat().st_size == 0
