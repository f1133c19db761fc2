"""Turns an audio file into what Discord's clients post as a voice message: Ogg/Opus, length and waveform."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import av
import av.error
from av.audio.resampler import AudioResampler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av.container import InputContainer

_MOST_POINTS = 256
_POINTS_PER_SECOND = 10
_RATE = 48_000
_BIT_RATE = 32_000
_LOUDEST = 255


class NotAudioError(Exception):
    """A file cannot be posted as a voice message; the message is a sentence that names it."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice message to be posted."""

    data: bytes
    seconds: float
    waveform: str
    """Base64, one byte a point, at most 256 points."""


def record(path: Path) -> Voice:
    """Read an audio file and make it a voice message; Ogg/Opus is not encoded again. Raises `NotAudioError`."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotAudioError(f"There is no file {path}.") from error
    except OSError as error:
        raise NotAudioError(f"{path} is no audio that can be decoded ({error.strerror}).") from error
    return from_recording(data, str(path))


def from_recording(data: bytes, name: str) -> Voice:
    """Make what some program has recorded a voice message, likewise; `name` is what to call it in an error."""
    try:
        with av.open(io.BytesIO(data), "r") as container:
            if not container.streams.audio:
                raise NotAudioError(f"{name} has no sound in it.")
            as_it_is = container.format.name == "ogg" and container.streams.audio[0].codec.name in {
                "opus",
                "libopus",
            }
            samples = b"".join(_samples(container))
    except (av.error.FFmpegError, OSError) as error:
        raise NotAudioError(f"{name} is no audio that can be decoded ({error.strerror}).") from error
    if not samples:
        raise NotAudioError(f"{name} has no sound in it.")
    loudness = memoryview(samples).cast("h")
    return Voice(
        data=data if as_it_is else _opus(samples),
        seconds=len(loudness) / _RATE,
        waveform=base64.b64encode(_shape(loudness)).decode(),
    )


def _samples(container: InputContainer) -> Iterator[bytes]:
    """The sound at 48 kHz, mono, signed 16-bit."""
    resampler = AudioResampler(format="s16", layout="mono", rate=_RATE)
    # The trailing None drains the resampler.
    for frame in chain(container.decode(container.streams.audio[0]), (None,)):
        for resampled in resampler.resample(frame):
            # A plane may be padded beyond its samples.
            yield bytes(resampled.planes[0])[: resampled.samples * 2]


def _shape(samples: memoryview[int]) -> bytes:
    """The waveform: the peak of each stretch of the sound, as a share of the loudest peak (255)."""
    points = max(1, min(_MOST_POINTS, len(samples) * _POINTS_PER_SECOND // _RATE))
    edges = [len(samples) * number // points for number in range(points + 1)]
    stretches = [samples[start:end] for start, end in pairwise(edges)]
    # The negative half of a sound is about as loud as the positive one.
    peaks = [max(stretch) for stretch in stretches]
    loudest = max(1, *peaks)
    return bytes(max(0, peak) * _LOUDEST // loudest for peak in peaks)


def _opus(samples: bytes) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=_RATE, layout="mono", bit_rate=_BIT_RATE)
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
        frame.sample_rate = _RATE
        frame.planes[0].update(samples)
        # One long frame: the encoder cuts it up.
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
