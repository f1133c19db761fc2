"""One long note: when its first words stand in its thread, and when its whole answer does.

The real bot runs between the stand-ins, with its default settings. The model needs a second for each minute of what it is
sent, and says nothing before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import interrupting, ledger
from benchmarks.load_scene import LoadScene
from benchmarks.speech import VOICE_MESSAGE, recorded
from sandbox.bot_process import BotProcess, EndedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.load_scene import Posting
    from benchmarks.speech import Recording

_PACE = 1 / 60
"""Seconds the model needs for each second of a recording."""
_WARM_UP_SECONDS = 2.0
_PATIENCE = 60.0
_ASKED_EVERY = 0.5
_DONE, _REFUSED = "posted", "refused"

_GOAL_FIRST_WORDS = 8.0


class UnansweredError(Exception):
    """The note has no answer, or an apology instead of one."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How long the note is, in minutes; seconds from the note to its first words and to the whole; requests about it."""

    minutes: float
    first_words_s: float
    whole_s: float
    parts: int


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    options = _parser().parse_args(arguments)
    recording = recorded(VOICE_MESSAGE, options.minutes * 60)
    folder = Path(tempfile.mkdtemp(prefix="earshot-long-"))
    try:
        figures = interrupting.run(measure(recording, folder))
    except (EndedError, TimeoutError, UnansweredError) as error:
        sys.stderr.write(f"{error}\nLog: {folder}\n")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        shutil.rmtree(folder)
        return 130
    shutil.rmtree(folder)
    sys.stdout.write(f"{json.dumps(asdict(figures)) if options.json else _table(figures)}\n")
    return 0


async def measure(recording: Recording, folder: Path) -> Figures:
    """Post the recording, and wait until it is answered.

    Raises:
        UnansweredError: it is not.
        EndedError: the bot ended by itself.
    """
    database = f"sqlite:///{folder}/earshot.db"
    async with LoadScene(limited=True, pace=_PACE) as scene:
        environment = {**scene.environment, "DATABASE_URL": database, "TMPDIR": str(folder)}
        async with BotProcess(environment, folder) as bot:
            await bot.during(scene.ready())
            await bot.during(_answered(scene, recorded(VOICE_MESSAGE, _WARM_UP_SECONDS), database))
            posting = await bot.during(_answered(scene, recording, database))
            for oddity in scene.oddities:
                sys.stderr.write(f"{oddity}\n")
    assert posting.answered is not None  # noqa: S101 - it was waited for
    return Figures(
        minutes=round(recording.seconds / 60, 1),
        first_words_s=round(posting.answered - posting.at, 2),
        whole_s=round(posting.changed - posting.at, 2),
        parts=len(posting.words),
    )


async def _answered(scene: LoadScene, recording: Recording, database: str) -> Posting:
    scene.begin()
    scene.post(recording)
    [(message_id, posting)] = scene.postings.items()
    until = time.monotonic() + _PATIENCE + recording.seconds * _PACE
    while (state := (await ledger.states(database)).get(message_id)) != _DONE:
        if state == _REFUSED or time.monotonic() > until:
            raise UnansweredError(f"The note is {state}.")
        await asyncio.sleep(_ASKED_EVERY)
    if posting.answered is None:
        raise UnansweredError("The note has no answer of the model's.")
    return posting


def _table(figures: Figures) -> str:
    """The figures, for people."""
    return "\n".join(
        (
            f"a note of {figures.minutes:.0f} min, in {figures.parts} parts",
            f"  first words after  {figures.first_words_s:6.1f} s   (goal: at most {_GOAL_FIRST_WORDS:.0f})",
            f"  all after          {figures.whole_s:6.1f} s",
        )
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks long", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--minutes", type=_positive, default=60.0, metavar="N", help="how long the note is (default: 60)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 24 * 60:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return number
