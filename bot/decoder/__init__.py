"""What runs in a decoder process: one file in, a verdict out. The only importer of `av` (FFmpeg).

Nothing here trusts a name, a header or a length. Demuxers and decoders come from fixed lists, no protocol is
allowed (a playlist opens nothing), and whatever the file claims, work ends at the limits of the job.
Jobs and verdicts are plain values, since they cross a pipe between processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from bot.decoder import cutting, mixing, reading
from bot.decoder.writing import (
    MP3_KBITS,
    WAV_BYTES_A_SECOND,
    Full,
    Mp3,
    Nothing,
    Wav,
    mp3_seconds,
    wav_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["WAV_BYTES_A_SECOND", "Fit", "Job", "Part", "Unfit", "Verdict", "most_seconds_in", "prepare"]

WAV_SECONDS = 30
"""Up to here WAV is chosen over MP3.

Measured on one core, for each minute of Opus: 0.12 s to decode it, as good as nothing to write it as WAV, 0.2 s to
encode it as MP3, which saves 2.2 MB of base64. So MP3 is quicker on the whole wherever the uplink carries less than
some 90 Mbit/s. 100 are assumed, which a host in a data centre has: there a note of 10 s is as quick either way, 33 ms
of CPU against 30 ms of upload, and processors are what a busy bot runs out of first. From half a minute on it is a
megabyte and more, for which hosts with less would wait the longest.
"""
LEAST_PART_SECONDS = 10.0
"""Shorter parts hold no sentence. A budget that allows no longer ones is too small to work with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to make fit. `budget` is the most bytes a part may have, before base64."""

    source: str
    target_folder: str
    formats: tuple[str, ...]
    budget: int
    most_seconds: float
    part_seconds: float


class Verdict(Enum):
    """Why a file cannot be sent."""

    EMPTY = auto()
    NOT_AUDIO = auto()
    NO_SOUND = auto()
    SILENT = auto()
    """There is sound, but no voice in it."""
    DAMAGED = auto()
    TOO_LONG = auto()
    OVER_BUDGET = auto()
    """Too long for what one request may carry, at the lowest bit rate, and too much to be cut into so small parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A file that cannot be sent; `seconds` where its length is known."""

    verdict: Verdict
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file to be sent, and the stretch of the note it holds."""

    path: str
    start: float
    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What can be sent: the source itself, or one or several parts made from it in the target folder, in order."""

    parts: tuple[Part, ...]
    format: str
    transcoded: bool


def prepare(job: Job) -> Fit | Unfit:  # noqa: PLR0911 - one return a verdict
    """Make the file of `job` fit for the completion API.

    Raises:
        MemoryError: at the process's memory limit.
    """
    size = Path(job.source).stat().st_size
    if size == 0:
        return Unfit(verdict=Verdict.EMPTY)
    try:
        looks = reading.look(job.source)
        if looks is None:
            return Unfit(verdict=Verdict.NO_SOUND)
        if looks.seconds is not None and looks.seconds > job.most_seconds:
            return Unfit(verdict=Verdict.TOO_LONG, seconds=looks.seconds)
        return _result(job, looks, size)
    except reading.UnreadableError:
        return Unfit(verdict=Verdict.NOT_AUDIO)
    except reading.BrokenError:
        return Unfit(verdict=Verdict.DAMAGED)
    except reading.TooMuchError:
        return Unfit(verdict=Verdict.TOO_LONG)
    except reading.SparseError:
        return Unfit(verdict=Verdict.SILENT)


def most_seconds_in(budget: int, formats: tuple[str, ...]) -> float:
    """The longest note that fits into one request of so many bytes of audio."""
    return mp3_seconds(budget, MP3_KBITS[-1]) if "mp3" in formats else wav_seconds(budget)


def _result(job: Job, looks: reading.Looks, size: int) -> Fit | Unfit:
    untouched = looks.format in job.formats and size <= job.budget
    result = None
    if untouched and looks.format is not None and (looks.seconds or 0) <= job.part_seconds:
        result = _as_it_is(job, looks.format, size)
    result = result or _transcoded(job, looks.seconds)
    if isinstance(result, Unfit) and result.verdict is Verdict.SILENT and looks.channels > 1:
        # A channel that was wired the wrong way round cancels another out in the mix.
        for channel in range(looks.channels):
            alone = _transcoded(job, looks.seconds, channel=channel)
            if isinstance(alone, Fit):
                return alone
    return result


def _as_it_is(job: Job, form: str, size: int) -> Fit | Unfit | None:
    """The source; None if it should not be sent untouched.

    It is decoded all the same: what is sent should be known to be whole, to be heard, and how long it is.
    """
    sound = reading.decode(job.source, Nothing(), most_seconds=job.most_seconds)
    if not sound.clean or not 0 < sound.seconds <= job.part_seconds:
        return None
    if not _audible(sound.levels):
        return Unfit(verdict=Verdict.SILENT, seconds=sound.seconds)
    part = Part(path=job.source, start=0.0, seconds=sound.seconds, bytes=size)
    return Fit(parts=(part,), format=form, transcoded=False)


def _transcoded(job: Job, announced: float | None, *, channel: int | None = None) -> Fit | Unfit:
    for make, most_seconds in _choices(job, announced):
        try:
            with make() as whole:
                sound = reading.decode(job.source, whole, most_seconds=job.most_seconds, channel=channel)
        except Full:
            continue
        if not sound.seconds:
            return Unfit(verdict=Verdict.DAMAGED)
        if not _audible(sound.levels):
            return Unfit(verdict=Verdict.SILENT, seconds=sound.seconds)
        if sound.seconds > most_seconds < min(LEAST_PART_SECONDS, job.part_seconds):
            break
        starts = [0.0, *cutting.cuts(sound.levels, sound.seconds, most_seconds)]
        parts = tuple(
            Part(path=str(path), start=start, seconds=end - start, bytes=path.stat().st_size)
            for path, (start, end) in zip(
                whole.parts(starts), pairwise((*starts, sound.seconds)), strict=True
            )
        )
        return Fit(parts=parts, format=whole.format, transcoded=True)
    return Unfit(verdict=Verdict.OVER_BUDGET, seconds=announced)


def _choices(job: Job, announced: float | None) -> Iterator[tuple[Callable[[], Wav | Mp3], float]]:
    """What to encode as, most promising first, and the longest part of it. Announced lengths can lie either way."""
    folder, part = Path(job.target_folder), job.part_seconds
    most = min(part, wav_seconds(job.budget))
    if "wav" in job.formats and "mp3" not in job.formats:
        yield lambda: Wav(folder / "audio.wav", job.most_seconds), most
    elif "wav" in job.formats and (announced or 0.0) <= min(WAV_SECONDS, most):
        yield lambda: Wav(folder / "audio.wav", min(WAV_SECONDS, most)), most
    if "mp3" in job.formats:
        wanted = part if announced is None else min(part, announced)
        kbits = next((k for k in MP3_KBITS if mp3_seconds(job.budget, k) >= wanted), MP3_KBITS[-1])
        yield lambda: Mp3(folder / "audio.mp3", kbits), min(part, mp3_seconds(job.budget, kbits))


def _audible(levels: Sequence[float]) -> bool:
    """Whether there may be a voice in it."""
    loud = sum(level > mixing.SILENT_DB for level in levels)
    return loud >= min(mixing.LEAST_LOUD_MOMENTS, len(levels))
