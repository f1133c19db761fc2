"""Several audio tracks of one file: those with a voice on them become one.

Recorders put each microphone on a track of its own, cameras leave the first one silent, films have a track for each
language. Which of them is meant nobody can tell from outside, so all that have a voice are heard, mixed equally.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from bot.decoder import mixing, reading, samples
from bot.decoder.sizes import RATE, WAV_HEADER
from bot.decoder.writing import Nothing, wav_header

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from av.audio.frame import AudioFrame

    from bot.decoder.looking import Track
    from bot.decoder.opening import Stretch


def with_a_voice(
    stretches: Sequence[Stretch], tracks: Sequence[Track], *, most_seconds: float
) -> list[Track]:
    """Those of the tracks in which there may be a voice.

    Raises:
        UnfitError: TOO_LONG.
    """
    heard: list[Track] = []
    for track in tracks:
        sound = reading.decode(stretches, Nothing(), most_seconds=most_seconds, track=track.number)
        if mixing.audible(sound.levels):
            heard.append(track)
    return heard


def mixed(
    stretches: Sequence[Stretch], tracks: Sequence[Track], path: Path, *, most_seconds: float
) -> reading.Sound:
    """All of the tracks, mixed equally into a WAV at `path`; how well they could be read.

    A track begins as late after the first as its file says, where that is before the end of those that began earlier:
    anything else is more likely to be a fault of the file than a silence.

    Raises:
        UnfitError: TOO_LONG.
    """
    told = reading.Sound()
    with _Sum(path, 1 / len(tracks)) as total:
        for track in sorted(tracks, key=lambda track: track.start):
            total.begin(track.start)
            sound = reading.decode(stretches, total, most_seconds=most_seconds, track=track.number)
            told.clean &= sound.clean
            told.cut_short = told.cut_short or sound.cut_short
            told.seconds = max(told.seconds, sound.seconds)
    return told


class _Sum:
    """A WAV to which one sound after the other is added, each as loud as `weight` says. On disk: notes are long."""

    frame_size: ClassVar[int] = RATE
    sample_format: ClassVar[str] = "s16"

    def __init__(self, path: Path, weight: float) -> None:
        self._file = path.open("w+b")
        self._weight = weight
        self._end = WAV_HEADER
        self._at = WAV_HEADER

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._file:
            self._file.seek(0)
            self._file.write(wav_header(self._end - WAV_HEADER))

    def begin(self, seconds: float) -> None:
        """The next sound begins there; at the beginning, where there is nothing yet by then."""
        at = WAV_HEADER + 2 * round(seconds * RATE)
        self._at = at if at <= self._end else WAV_HEADER

    def write(self, frame: AudioFrame) -> None:
        """Add one frame, behind the one before."""
        added = samples.times(samples.of(frame), self._weight)
        self._file.seek(self._at)
        there = self._file.read(len(added))
        self._file.seek(self._at)
        self._file.write(samples.plus(added[: len(there)], there) + added[len(there) :])
        self._at += len(added)
        self._end = max(self._end, self._at)
