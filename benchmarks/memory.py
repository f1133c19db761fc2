"""Fifty notes at once, long ones among them: how much memory the bot takes, and whether every note is answered.

The real bot runs between the stand-ins, with its default settings; the model answers at once. The memory of all its
processes is measured twenty times a second (PSS: what they share counts once).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import interrupting, ledger, processes
from benchmarks.load_scene import LoadScene
from benchmarks.speech import VOICE_MEMO, VOICE_MESSAGE, of_size, recorded
from sandbox.bot_process import BotProcess, EndedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.speech import Recording

_SHORT_SECONDS = 10.0
_LOOKED_AT_EVERY = 0.05
_ASKED_EVERY = 0.5
_PATIENCE = 300.0
"""After how many seconds in which no note is finished the rest counts as lost."""
_OPEN = frozenset({"received", "answered"})
_DONE = "posted"

_GOAL_MB = 400


@dataclass(frozen=True, slots=True)
class Mix:
    """The recordings that are posted in turn: of five notes, three short ones and two long ones."""

    short: Recording
    memo: Recording
    lecture: Recording

    @property
    def in_turn(self) -> tuple[Recording, ...]:
        """The five notes, in the order they are posted."""
        return (self.short, self.lecture, self.short, self.memo, self.short)

    def notes(self, count: int) -> list[Recording]:
        """So many notes, the five again and again."""
        return [self.in_turn[number % len(self.in_turn)] for number in range(count)]


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the run. Memory is in bytes."""

    notes: int
    failed: int
    """Notes that got no answer, or an apology instead of one."""
    peak: int
    main: int
    """The main process's part of the peak."""
    idle: int
    """The memory of all processes before the first note."""
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns 0 if every note was answered, 1 if not, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    mix = Mix(
        short=recorded(VOICE_MESSAGE, _SHORT_SECONDS),
        memo=of_size(VOICE_MEMO, int(options.m4a_mb * 1e6)),
        lecture=recorded(VOICE_MESSAGE, options.ogg_minutes * 60),
    )
    folder = Path(tempfile.mkdtemp(prefix="earshot-memory-"))
    try:
        figures = interrupting.run(measure(mix.notes(options.notes), folder))
    except (EndedError, TimeoutError, processes.UntoldError) as error:
        _tell(f"{error}\nLog: {folder}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        shutil.rmtree(folder)
        return 130
    if figures.failed:
        _tell(f"Log: {folder}")
    else:
        shutil.rmtree(folder)
    told = (
        json.dumps(
            {"notes": figures.notes, "failed": figures.failed, "peak_pss_mb": round(figures.peak / 1e6, 1)}
        )
        if options.json
        else _table(figures, mix)
    )
    sys.stdout.write(f"{told}\n")
    return 1 if figures.failed else 0


async def measure(notes: Sequence[Recording], folder: Path) -> Figures:
    """Post all notes at the same time, and measure until the last of them is finished.

    Raises:
        EndedError: the bot ended by itself.
    """
    database = f"sqlite:///{folder}/earshot.db"
    async with LoadScene(limited=True) as scene:
        environment = {**scene.environment, "DATABASE_URL": database, "TMPDIR": str(folder)}
        async with BotProcess(environment, folder) as bot:
            await bot.during(scene.ready())
            idle = processes.Peak()
            idle.look(bot.session)
            began = time.monotonic()
            async with processes.watched(bot.session, _LOOKED_AT_EVERY) as peak:
                for note in notes:
                    scene.post(note)
                states = await bot.during(_finished(database, len(notes)))
            answered = [message_id for message_id, posting in scene.postings.items() if posting.answered]
            failed = len(notes) - sum(states.get(message_id) == _DONE for message_id in answered)
            for oddity in scene.oddities:
                _tell(oddity)
            return Figures(len(notes), failed, peak.total, peak.leader, idle.total, time.monotonic() - began)


async def _finished(database: str, count: int) -> dict[int, str]:
    """Wait until all notes are finished, or none was for too long. Returns the states in the ledger by message id."""
    finished, since = 0, time.monotonic()
    while True:
        states = await ledger.states(database)
        done = sum(state not in _OPEN for state in states.values())
        if done > finished:
            finished, since = done, time.monotonic()
            _tell(f"{done} of {count} notes are finished")
        if done == count or time.monotonic() - since > _PATIENCE:
            return states
        await asyncio.sleep(_ASKED_EVERY)


def _table(figures: Figures, mix: Mix) -> str:
    """The figures, for people."""
    memo, lecture = mix.memo, mix.lecture
    kinds = (
        f"three of {mix.short.seconds:.0f} s,"
        f" one of {lecture.seconds / 60:.0f} min (Ogg, {len(lecture.data) / 1e6:.0f} MB),"
        f" one of {len(memo.data) / 1e6:.0f} MB (M4A, {memo.seconds / 60:.0f} min)"
    )
    parts = (
        f"{figures.notes} notes at once, in {figures.seconds:.0f} s; of five, {kinds}",
        f"failed                     {figures.failed:6}      (goal: 0)",
        f"peak of all processes      {figures.peak / 1e6:6.0f} MB   (goal: under {_GOAL_MB})",
        f"  the main process then    {figures.main / 1e6:6.0f} MB",
        f"  the others then          {(figures.peak - figures.main) / 1e6:6.0f} MB",
        f"before the first note      {figures.idle / 1e6:6.0f} MB",
    )
    return "\n".join(parts)


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks memory", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--notes", type=int, default=50, metavar="N", help="how many are posted (default: 50)"
    )
    parser.add_argument(
        "--ogg-minutes", type=float, default=60.0, metavar="N", help="the long Ogg's length (default: 60)"
    )
    parser.add_argument(
        "--m4a-mb", type=float, default=25.0, metavar="N", help="the M4A's size, in MB (default: 25)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser
