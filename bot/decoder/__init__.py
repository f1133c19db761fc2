"""What runs in a decoder process: one file in, a verdict out. The only importer of `av` (FFmpeg).

Nothing here trusts a name, a header or a length. Demuxers and decoders come from fixed lists, no protocol is
allowed (a playlist opens nothing), and whatever the file claims, work ends at the limits of the job.
Jobs and verdicts are plain values, since they cross a pipe between processes.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from bot.decoder import reading
from bot.decoder.writing import MP3_KBITS, WAV_BYTES_A_SECOND, Full, Mp3, Nothing, Wav

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MP3_KBITS", "WAV_BYTES_A_SECOND", "Fit", "Job", "Unfit", "Verdict", "prepare"]

WAV_SECONDS = 120
"""Up to here WAV is chosen over MP3. Encoding MP3 costs about 0.6 s of CPU a minute and saves 2.2 MB of upload:
quicker only below some 30 Mbit/s. Beyond it, smaller requests matter more than fractions of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to make fit. `budget` is the most bytes the result may have, before base64."""

    source: str
    target_folder: str
    formats: tuple[str, ...]
    budget: int
    most_seconds: float


class Verdict(Enum):
    """Why a file cannot be sent."""

    EMPTY = auto()
    NOT_AUDIO = auto()
    NO_SOUND = auto()
    DAMAGED = auto()
    TOO_LONG = auto()
    OVER_BUDGET = auto()
    """Too long for what one request may carry, at the lowest bit rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A file that cannot be sent; `seconds` where its length is known."""

    verdict: Verdict
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A file that can be sent: the source itself, or one made from it in the target folder."""

    path: str
    format: str
    seconds: float
    bytes: int
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
    except reading.UnreadableError:
        return Unfit(verdict=Verdict.NOT_AUDIO)
    except reading.BrokenError:
        return Unfit(verdict=Verdict.DAMAGED)
    if looks is None:
        return Unfit(verdict=Verdict.NO_SOUND)
    if looks.seconds is not None and looks.seconds > job.most_seconds:
        return Unfit(verdict=Verdict.TOO_LONG, seconds=looks.seconds)
    try:
        if looks.format in job.formats and size <= job.budget:
            # Decoded all the same: what is sent untouched should be known to be whole, and how long it is.
            sound = reading.decode(job.source, Nothing(), most_seconds=job.most_seconds)
            if sound.seconds and sound.clean:
                return Fit(
                    path=job.source, format=looks.format, seconds=sound.seconds, bytes=size, transcoded=False
                )
        return _transcode(job, looks.seconds)
    except reading.TooMuchError:
        return Unfit(verdict=Verdict.TOO_LONG)


def _transcode(job: Job, announced: float | None) -> Fit | Unfit:
    for kbits in _choices(job, announced):
        form = "wav" if kbits is None else "mp3"
        path = Path(job.target_folder) / f"audio.{form}"
        try:
            with ExitStack() as stack:
                sink = Wav(path, job.budget) if kbits is None else Mp3(path, job.budget, kbits)
                stack.enter_context(sink)
                sound = reading.decode(job.source, sink, most_seconds=job.most_seconds)
        except Full:
            continue
        if not sound.seconds:
            return Unfit(verdict=Verdict.DAMAGED)
        size = path.stat().st_size
        if size <= job.budget:
            return Fit(path=str(path), format=form, seconds=sound.seconds, bytes=size, transcoded=True)
    return Unfit(verdict=Verdict.OVER_BUDGET, seconds=announced)


def _choices(job: Job, announced: float | None) -> Iterator[int | None]:
    """What to encode as, most promising first: None is WAV, a number MP3 of so many kbit/s."""
    seconds = announced or 0.0
    wav = "wav" in job.formats and seconds * WAV_BYTES_A_SECOND <= job.budget
    if wav and (seconds <= WAV_SECONDS or "mp3" not in job.formats):
        yield None
    if "mp3" in job.formats:
        # Announced lengths can lie either way, so the last one is always tried.
        yield from (k for k in MP3_KBITS if k == MP3_KBITS[-1] or seconds * k * 125 <= job.budget)
