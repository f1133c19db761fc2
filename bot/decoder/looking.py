"""What a file is at first sight, before it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import av

from bot.decoder import announcing, opening, signatures, untouched
from bot.decoder.opening import TROUBLE
from bot.decoder.verdicts import UnfitError, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.audio.stream import AudioStream
    from av.container import InputContainer

    from bot.decoder.opening import Stretch

_MOST_LOOKED_AT = 3
"""Links of a chain: the first may be of another kind, or damaged."""
_GUESSED = {"aac", "ac3", "eac3", "loas", "mp3"}
"""Demuxers of bare frames, whose length FFmpeg guesses by the bit rate of the first ones. Silence at the beginning
takes few bits: a minute then passes for half an hour."""
MOST_TRACKS = 16
"""Each takes the time of a recording."""


@dataclass(frozen=True, slots=True)
class Track:
    """An audio stream that can be decoded."""

    number: int
    """Among the audio streams of its file, from 0."""
    channels: int
    start: float
    """Seconds after the earliest of them."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a file claims: its length in seconds, if it does; and the API's name for its format, if it has one."""

    seconds: float | None
    format: str | None
    tracks: tuple[Track, ...]


def look(stretches: Sequence[Stretch]) -> Looks:
    """What the file is, without decoding it.

    Args:
        stretches: the files in the file, in order; at least one.

    Raises:
        UnfitError: there is nothing in it that could be heard; by which verdict, it is told why.
    """
    if signatures.encrypted(stretches[0]):
        raise UnfitError(Verdict.ENCRYPTED)
    if signatures.known_elsewhere(stretches[0]):
        raise UnfitError(Verdict.UNSUPPORTED)
    trouble: UnfitError | None = None
    for stretch in stretches[:_MOST_LOOKED_AT]:
        try:
            looks = _look(stretch)
        except UnfitError as error:
            trouble = trouble or error
        else:
            return looks if len(stretches) == 1 else Looks(None, None, looks.tracks)
    assert trouble is not None  # noqa: S101 - there is at least one, and it did not return
    raise trouble


def _look(stretch: Stretch) -> Looks:
    try:
        with opening.opened(stretch) as (container, _):
            tracks = _tracks(container)
            stream = container.streams.audio[tracks[0].number]
            announced = _announced(container, stream, stretch)
            return Looks(announced, untouched.format_of(container, stretch), tracks)
    except (*TROUBLE, MemoryError) as error:
        # To look at an honest file takes little memory: one that needs all there is, is none.
        begins_well = signatures.begins_well(stretch)
        raise UnfitError(Verdict.DAMAGED if begins_well else Verdict.NOT_AUDIO) from error


def _tracks(container: InputContainer) -> tuple[Track, ...]:
    """Those that can be decoded.

    Raises:
        UnfitError: NO_SOUND: there are no others either. Else what is wrong with the first.
    """
    fit: list[AudioStream] = []
    numbers: list[int] = []
    trouble = UnfitError(Verdict.NO_SOUND)
    for number, stream in enumerate(container.streams.audio):
        try:
            opening.check(stream)
        except UnfitError as error:
            trouble = error if trouble.verdict is Verdict.NO_SOUND else trouble
        else:
            fit.append(stream)
            numbers.append(number)
    if not fit:
        raise trouble
    starts = [_start(stream) for stream in fit]
    return tuple(
        Track(number, stream.codec_context.channels, start - min(starts))
        for number, stream, start in zip(numbers, fit, starts, strict=True)
    )[:MOST_TRACKS]


def _start(stream: AudioStream) -> float:
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * stream.time_base)


def _announced(container: InputContainer, stream: AudioStream, stretch: Stretch) -> float | None:
    if container.format.name in _GUESSED:
        return announcing.mp3_seconds(stretch) if container.format.name == "mp3" else None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None
