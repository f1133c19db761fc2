"""How many notes a second the bot answers, how soon, and where its CPU time goes.

The real bot runs as a process between the stand-ins; the model answers at once. Three runs: all notes at the same time;
five a second; and all at the same time once more, under a sampling profiler.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import fleet, interrupting, processes
from benchmarks.load_scene import LoadScene
from benchmarks.postgres import PostgresError, PostgresServer
from benchmarks.speech import VOICE_MESSAGE, recorded
from sandbox.bot_process import BOT, BotProcess, EndedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from benchmarks.speech import Recording

_SECONDS = 10.0
"""The length of each note."""
_PACE = 5.0
"""Notes a second in the run that measures latency."""
_WARM_UP = 20
"""Notes posted before those that are measured, so that all decoders run and all connections are open."""
_PATIENCE = 60.0
"""Seconds that all notes together may take, plus the time they would take at `_SLOWEST` notes a second."""
_SLOWEST = 4.0
_SAMPLES_WRITTEN_EVERY = 0.2
_SHOWN = 16
_LEAST_SHARE = 0.01

# The goals named in the docs; shown beside the figures.
_GOAL_A_SECOND = 15
_GOAL_FIRST_BYTE_MS = 250
_GOAL_CALLS = 2.2


_BROKEN = (processes.UntoldError, PostgresError, fleet.BrokenError)


class UnansweredError(Exception):
    """Notes were left without an answer; the text says how many."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles in milliseconds: `p95` is what 95 of 100 notes don't exceed."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Flood:
    """The figures of the run with all notes at the same time. The CPU times are milliseconds for each note."""

    a_second: float
    calls: float
    """Requests to Discord, for each note."""
    bot: float
    """CPU of the bot's main process."""
    decoders: float
    stand_ins: float


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the first two runs."""

    notes: int
    flood: Flood
    first_byte: Spread
    posted: Spread


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns 0 if every note was answered, 1 if not, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="earshot-load-"))
    try:
        with ExitStack() as stack:
            server = stack.enter_context(PostgresServer()) if options.database == "postgres" else None
            figures, shares = interrupting.run(
                _all_runs(options.notes, folder, server, look=not options.json)
            )
    except (UnansweredError, EndedError, TimeoutError, *_BROKEN) as error:
        _tell(f"{error}\nLogs: {folder}")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        shutil.rmtree(folder)
        return 130
    shutil.rmtree(folder)
    sys.stdout.write(f"{json.dumps(_object(figures)) if options.json else _table(figures, shares)}\n")
    return 0


async def _all_runs(
    notes: int, folder: Path, server: PostgresServer | None, *, look: bool
) -> tuple[Figures, dict[str, float]]:
    """The figures; with `look`, also where the CPU goes, from a run under the profiler."""
    figures = await measure(notes, folder, server)
    return figures, await shares(notes, folder, server) if look else {}


async def measure(notes: int, folder: Path, server: PostgresServer | None = None) -> Figures:
    """Run the first two runs, each with so many notes; the ledger is in an SQLite file, or in a new database on `server`.

    Raises:
        UnansweredError: notes were left without an answer.
        EndedError: the bot ended by itself.
    """
    recording = recorded(VOICE_MESSAGE, _SECONDS)
    _tell(f"{notes} notes of {_SECONDS:.0f} s at the same time")
    async with _running(folder / "measured", recording, server) as (scene, bot):
        flood = await bot.during(_flood(scene, bot, recording, notes))
        _tell(f"{notes} notes, {_PACE:.0f} a second")
        first_byte, posted = await bot.during(_stream(scene, recording, notes))
        _remark(scene)
    return Figures(notes, flood, first_byte, posted)


async def shares(notes: int, folder: Path, server: PostgresServer | None = None) -> dict[str, float]:
    """Run the last run. Returns each module's share of the main process's CPU, the largest first. Raises as `measure`."""
    recording = recorded(VOICE_MESSAGE, _SECONDS)
    _tell(f"{notes} notes at the same time, looked at")
    samples = folder / "samples.json"
    program = ("-m", "benchmarks.cpu_profiler", str(samples), "bot", "run")
    async with _running(folder / "looked-at", recording, server, program=program) as (scene, bot):
        began = time.monotonic()
        await bot.during(_flood(scene, bot, recording, notes))
        ended = time.monotonic()
        while (lines := _lines(samples))[-1]["at"] < ended:  # noqa: ASYNC110 - it is a file, and wakes nobody
            await asyncio.sleep(_SAMPLES_WRITTEN_EVERY)
    return _shares(lines, began)


@asynccontextmanager
async def _running(
    folder: Path, recording: Recording, server: PostgresServer | None, *, program: Sequence[str] = BOT
) -> AsyncGenerator[tuple[LoadScene, BotProcess]]:
    """Start stand-ins and bot, and post the notes that warm it up."""
    folder.mkdir()  # noqa: ASYNC240 - on a local disk
    async with LoadScene(limited=False) as scene:
        environment = {**scene.environment, "TMPDIR": str(folder)}
        if server is not None:
            environment["DATABASE_URL"] = server.database()
            await fleet.once(("migrate",), environment, folder)
        async with BotProcess(environment, folder, program=program) as bot:
            await bot.during(_warm_up(scene, recording))
            yield scene, bot


async def _warm_up(scene: LoadScene, recording: Recording) -> None:
    await scene.ready()
    for _ in range(_WARM_UP):
        scene.post(recording)
    await _all_answered(scene)


async def _flood(scene: LoadScene, bot: BotProcess, recording: Recording, notes: int) -> Flood:
    scene.begin()
    theirs, ours, began = processes.seconds(bot.session), time.process_time(), time.monotonic()
    for _ in range(notes):
        scene.post(recording)
    await _all_answered(scene)
    took = time.monotonic() - began
    now = processes.seconds(bot.session)
    return Flood(
        a_second=notes / took,
        calls=scene.calls / notes,
        bot=(now.leader - theirs.leader) / notes * 1000,
        decoders=(now.others - theirs.others) / notes * 1000,
        stand_ins=(time.process_time() - ours) / notes * 1000,
    )


async def _stream(scene: LoadScene, recording: Recording, notes: int) -> tuple[Spread, Spread]:
    """Post the notes at a steady pace. Returns the times from note to first byte of the request, and to the answer."""
    scene.begin()
    began = time.monotonic()
    for number in range(notes):
        await asyncio.sleep(began + number / _PACE - time.monotonic())
        scene.post(recording)
    await _all_answered(scene)
    postings = scene.postings.values()
    return (
        _spread([posting.first_byte - posting.at for posting in postings if posting.first_byte is not None]),
        _spread([posting.answered - posting.at for posting in postings if posting.answered is not None]),
    )


async def _all_answered(scene: LoadScene) -> None:
    patience = _PATIENCE + len(scene.postings) / _SLOWEST
    try:
        await scene.wait_for(lambda: not scene.unanswered, patience)
    except TimeoutError as error:
        raise UnansweredError(
            f"{scene.unanswered} of {len(scene.postings)} notes have no answer after {patience:.0f} s. {error}"
        ) from None


def _remark(scene: LoadScene) -> None:
    for oddity in scene.oddities:
        _tell(oddity)
    if scene.waits:
        _tell(f"Discord told {scene.waits} requests to wait")


def _spread(seconds: Sequence[float]) -> Spread:
    """The percentiles of at least two times in seconds."""
    cuts = statistics.quantiles([1000 * each for each in seconds], n=100, method="inclusive")
    return Spread(*(round(cuts[percent - 1], 1) for percent in (50, 95, 99)))


def _lines(samples: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in samples.read_text().splitlines() if line.endswith("}")]


def _shares(lines: Sequence[dict[str, Any]], began: float) -> dict[str, float]:
    """The modules' shares of the CPU used since `began` (`time.monotonic`)."""
    before: list[dict[str, float]] = [line["seconds"] for line in lines if line["at"] <= began]
    first = before[-1] if before else {}
    last: dict[str, float] = lines[-1]["seconds"]
    spent = {name: seconds - first.get(name, 0.0) for name, seconds in last.items()}
    whole = sum(spent.values())
    return {
        name: seconds / whole
        for name, seconds in sorted(spent.items(), key=lambda item: item[1], reverse=True)
    }


def _object(figures: Figures) -> dict[str, Any]:
    return {
        "notes": figures.notes,
        "notes_per_s": round(figures.flood.a_second, 1),
        "first_byte_ms": _milliseconds(figures.first_byte),
        "posted_ms": _milliseconds(figures.posted),
        "discord_calls_per_note": round(figures.flood.calls, 2),
        "cpu_ms_per_note": {
            "bot": round(figures.flood.bot, 1),
            "decoders": round(figures.flood.decoders, 1),
            "stand_ins": round(figures.flood.stand_ins, 1),
        },
    }


def _milliseconds(spread: Spread) -> dict[str, float]:
    return {"p50": spread.p50, "p95": spread.p95, "p99": spread.p99}


def _table(figures: Figures, shares: dict[str, float]) -> str:
    """The figures, for people."""
    flood = figures.flood
    rows = [
        f"{figures.notes} notes of {_SECONDS:.0f} s",
        "",
        "all at the same time",
        f"  notes a second          {flood.a_second:8.1f}   (goal: {_GOAL_A_SECOND})",
        f"  Discord calls a note    {flood.calls:8.2f}   (goal: at most {_GOAL_CALLS})",
        f"  CPU a note, bot         {flood.bot:8.1f} ms",
        f"  CPU a note, decoders    {flood.decoders:8.1f} ms",
        f"  CPU a note, stand-ins   {flood.stand_ins:8.1f} ms",
        "",
        f"{_PACE:.0f} a second                   p50      p95      p99",
        f"  to the first byte (ms)  {_row(figures.first_byte)}   (goal: p95 under {_GOAL_FIRST_BYTE_MS})",
        f"  to the answer (ms)      {_row(figures.posted)}",
        "",
        "where the CPU of the bot's own process goes",
        *(
            f"  {name:34} {share:6.1%}"
            for name, share in list(shares.items())[:_SHOWN]
            if share >= _LEAST_SHARE
        ),
    ]
    return "\n".join(rows)


def _row(spread: Spread) -> str:
    return f"{spread.p50:8.1f} {spread.p95:8.1f} {spread.p99:8.1f}"


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks load",
        description=(__doc__ or "").splitlines()[0],
        epilog="The stand-in for Discord bears any number of requests here; Discord itself grants a bot 50 a second.",
    )
    parser.add_argument(
        "--notes",
        type=_several,
        default=500,
        metavar="N",
        help="how many are posted in each run (default: 500)",
    )
    parser.add_argument(
        "--database",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="where the ledger is: in a new file, or on a server that is started for it (default: sqlite)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _several(text: str) -> int:
    if not text.isdecimal() or int(text) < 2:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 2 on")
    return int(text)
