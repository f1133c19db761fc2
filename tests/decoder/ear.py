"""An ear for what is sent: is it the tone, how loud, how pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from benchmarks.recordings import HERTZ, PEAK
from tests.decoder.jobs import fit, only

if TYPE_CHECKING:
    from pathlib import Path

RATE = 16_000
LOUDNESS = 20 * math.log10(PEAK / math.sqrt(2))
"""Of the tone, in dB RMS."""

Sound = np.ndarray[tuple[int], np.dtype[np.float64]]


def sent(source: Path, **wanted: object) -> Sound:
    """What would be sent of the file, decoded again."""
    part = only(fit(source, **wanted))
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(part.path) as container:
        frames = [
            piece for frame in [*container.decode(audio=0), None] for piece in resampler.resample(frame)
        ]
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames]) / 32_768
    # What is told of it is true; an MP3 has three frames beside.
    assert part.seconds == pytest.approx(len(sound) / RATE, abs=0.11)
    return sound


def loudness(sound: Sound) -> float:
    """In dB RMS, without the first and last tenth: codecs need a moment to begin."""
    inner = sound[len(sound) // 10 : -len(sound) // 10]
    return 10 * math.log10(float(np.mean(inner**2)) + 1e-12)


def pitch(sound: Sound) -> float:
    """The frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * RATE / len(sound)


def purity(sound: Sound) -> float:
    """The share of its energy that lies within 20 Hz of the tone."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at, reach = HERTZ * len(sound) / RATE, 20 * len(sound) / RATE
    return float(spectrum[int(at - reach) : int(at + reach)].sum() / spectrum.sum())
