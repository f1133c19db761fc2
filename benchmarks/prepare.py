"""From an audio file to the body of a request: time, size and memory, for the bot and for other ways of doing it.

Each method runs in a process that is started before time is taken. The methods take turns with each note, so that whatever
else the machine does slows all of them. Memory is measured afterwards, in new processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from benchmarks import interrupting, processes
from benchmarks.prepare_methods import METHODS, NEEDING_FFMPEG
from benchmarks.speech import MUSIC_PLAYER, STUDIO, VOICE_MEMO, VOICE_MESSAGE, recorded
from sandbox.bot_process import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from benchmarks.speech import Kind

_PATIENCE = 15.0
_LOOKS = 20
"""How often memory is measured at least; a short note is prepared again and again meanwhile."""
_QUICK = 60.0
"""Notes up to this many seconds are measured in all rounds, longer ones in at most `_FEW`."""
_FEW = 3
_HOURS = 1800.0
_FOR_HOURS = ("earshot", "ffmpeg-mp3")
"""The methods that notes of more than so many seconds are prepared with. The others need gigabytes for them."""

# The goals named in the docs; shown beside the figures.
_GOAL_QUICKER = 4.0
_GOAL_OF_BARE = 1.3
_GOAL_SMALLER = 5.0
_GOAL_MB = 80.0
_GOAL_FIRST_MS = 1500.0
_GOAL_OF_FFMPEG = {"opus-60min": 0.7, "m4a-10min": 0.9}

MISSING = (
    "There is no command `ffmpeg` here, which pydub needs, too: those methods are left out."
    " Install it with your system's package manager, for instance: apt install ffmpeg"
)


@dataclass(frozen=True, slots=True)
class Note:
    """A note to be prepared."""

    name: str
    kind: Kind
    seconds: float


NOTES = (
    Note("opus-10s", VOICE_MESSAGE, 10),
    Note("wav-10s", STUDIO, 10),
    Note("opus-60s", VOICE_MESSAGE, 60),
    Note("opus-20min", VOICE_MESSAGE, 1200),
    Note("opus-60min", VOICE_MESSAGE, 3600),
    Note("m4a-10min", VOICE_MEMO, 600),
    Note("mp3-3min", MUSIC_PLAYER, 180),
)
_AS_IT_CAME = {"wav-10s"}
"""Sent as it is."""
_WARM_UP = Note("warm-up", VOICE_MESSAGE, 1)


@dataclass(frozen=True, slots=True)
class Case:
    """The figures of one method with one note."""

    note: str
    method: str
    ms: float
    first_request_ms: float | None
    """Until the first byte of the first request, where that is sent before all are ready."""
    base64_bytes: int
    peak_mb: float
    """By how much the method's process and those it started grow at most (10⁶ bytes of PSS)."""


class BrokenError(Exception):
    """A method's process ended by itself; the message has what it wrote to stderr."""


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="earshot-prepare-"))
    notes = tuple(note for note in NOTES if not options.note or note.name in options.note)
    methods = METHODS
    if shutil.which("ffmpeg") is None:
        _tell(MISSING)
        methods = tuple(method for method in METHODS if method not in NEEDING_FFMPEG)
    try:
        cases = interrupting.run(measure(notes, methods, options.rounds, folder))
    except (BrokenError, processes.UntoldError) as error:
        _tell(str(error))
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    finally:
        shutil.rmtree(folder)
    told = json.dumps({"cases": [asdict(case) for case in cases]}) if options.json else _table(cases)
    sys.stdout.write(f"{told}\n")
    return 0


async def measure(notes: Sequence[Note], methods: Sequence[str], rounds: int, folder: Path) -> list[Case]:
    """Measure every note with every method.

    Raises:
        BrokenError: a method ended by itself.
    """
    files = {note: await asyncio.to_thread(_file, note, folder) for note in (_WARM_UP, *notes)}
    taken: dict[tuple[Note, str], list[Taken]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(Worker(method, folder)) for method in methods]
        for worker in workers:
            await worker.prepare(files[_WARM_UP])
        for note in notes:
            count = rounds if note.seconds <= _QUICK else min(rounds, _FEW)
            for number in range(1, count + 1):
                _tell(f"{note.name}: round {number} of {count}")
                for worker in workers:
                    if note.seconds > _HOURS and worker.method not in _FOR_HOURS:
                        continue
                    taken[note, worker.method].append(await worker.prepare(files[note]))
    cases: list[Case] = []
    for (note, method), all_taken in taken.items():
        _tell(f"{note.name}: memory of {method}")
        async with Worker(method, folder) as worker:
            peak = await _peak(worker, files[_WARM_UP], files[note])
        ms = statistics.median(each.ms for each in all_taken)
        firsts = [each.first_request_ms for each in all_taken if each.first_request_ms is not None]
        first = round(statistics.median(firsts), 1) if firsts else None
        length = all_taken[0].base64_bytes
        cases.append(Case(note.name, method, round(ms, 1), first, length, round(peak / 1e6, 1)))
    return cases


def _file(note: Note, folder: Path) -> Path:
    recording = recorded(note.kind, note.seconds)
    file = folder / f"{note.name}{Path(recording.filename).suffix}"
    file.write_bytes(recording.data)
    return file


async def _peak(worker: Worker, warm_up: Path, source: Path) -> int:
    """The most memory that preparing the source took, in bytes: see `Case.peak_mb`."""
    # The first file makes the process load libraries, which is not counted.
    await worker.prepare(warm_up)
    idle = processes.pss(worker.session)
    async with processes.watched(worker.session, 0.0) as peak:
        while peak.looks < _LOOKS:
            await worker.prepare(source)
    return peak.total - idle


@dataclass(frozen=True, slots=True)
class Taken:
    """Time and size of one preparation."""

    ms: float
    first_request_ms: float | None
    base64_bytes: int


class Worker:
    """A process that prepares files by one method (`prepare_methods`), an async context manager."""

    def __init__(self, method: str, folder: Path) -> None:
        self.method = method
        self._folder = folder
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self._errors = self._stack.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "benchmarks.prepare_methods", self.method),
            cwd=self._folder,
            env=clean_environment(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,
        )
        self._stack.push_async_callback(self._end)
        try:
            await self._heard()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def session(self) -> int:
        """The id of its process, which is also that of the session of all processes it starts."""
        return self._process.pid

    async def prepare(self, source: Path) -> Taken:
        """Have the process make the request for a file. Raises `BrokenError` if it ends."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        job = {"source": str(source), "folder": str(self._folder)}
        self._process.stdin.write(f"{json.dumps(job)}\n".encode())
        return Taken(**await self._heard())

    async def _heard(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
            self._errors.seek(0)
            raise BrokenError(
                f"{self.method} ended by itself.\n{self._errors.read().decode(errors='replace')}"
            )
        return json.loads(line)

    async def _end(self) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _table(cases: Sequence[Case]) -> str:
    """The figures as a table, with each method's time and size as multiples of the bot's."""
    rows = [f"{'note':12}{'method':12}{'ms':>10}{'base64 MB':>12}{'peak MB':>10}{'time':>9}{'size':>8}"]
    found = {(case.note, case.method): case for case in cases}
    for case in cases:
        ours = found[case.note, "earshot"]
        rows.append(
            f"{case.note if case is ours else '':12}{case.method:12}{case.ms:10.1f}{case.base64_bytes / 1e6:12.2f}"
            f"{case.peak_mb:10.1f}{case.ms / ours.ms:8.1f}×{case.base64_bytes / ours.base64_bytes:7.1f}×"
        )
    return "\n".join([*rows, "", *_goals(found)])


def _goals(found: Mapping[tuple[str, str], Case]) -> list[str]:
    """A line for each goal of the docs, with the figure reached."""
    lines: list[str] = []
    for note in dict.fromkeys(note for note, _ in found):
        ours, bare, pydub = (found.get((note, method)) for method in ("earshot", "pyav", "pydub-wav"))
        if ours and pydub and note == "opus-10s":
            quicker = pydub.ms / ours.ms
            lines.append(f"{note}: {quicker:.1f} times quicker than pydub to WAV (goal: {_GOAL_QUICKER:.0f})")
        if ours and bare and note == "opus-10s":
            lines.append(
                f"{note}: {ours.ms / bare.ms:.2f} times a bare PyAV loop (goal: at most {_GOAL_OF_BARE})"
            )
        if ours and pydub and note not in _AS_IT_CAME:
            smaller = pydub.base64_bytes / ours.base64_bytes
            lines.append(f"{note}: {smaller:.1f} times smaller than pydub to WAV (goal: {_GOAL_SMALLER:.0f})")
        ffmpeg, most = found.get((note, "ffmpeg-mp3")), _GOAL_OF_FFMPEG.get(note)
        if ours and ffmpeg and most:
            share = ours.ms / ffmpeg.ms
            lines.append(
                f"{note}: {share:.2f} of the time of the ffmpeg command to MP3 (goal: at most {most})"
            )
        if ours and ours.first_request_ms is not None and note == "opus-60min":
            first = ours.first_request_ms
            lines.append(f"{note}: {first:.0f} ms to the first request (goal: at most {_GOAL_FIRST_MS:.0f})")
        if ours and note == "opus-20min":
            lines.append(f"{note}: {ours.peak_mb:.1f} MB of memory (goal: under {_GOAL_MB:.0f})")
    return lines


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks prepare", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--note",
        action="append",
        choices=[note.name for note in NOTES],
        help="this one alone; may be given several times (default: all)",
    )
    parser.add_argument(
        "--rounds",
        type=_positive,
        default=9,
        metavar="N",
        help="how often each note is prepared by each method, in turn; the median counts (default: 9; notes of more than"
        f" a minute at most {_FEW} times)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)
