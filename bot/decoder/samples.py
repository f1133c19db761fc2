"""Arithmetic on 16-bit samples, as fast as C: the standard library's `audioop`, of which 3.13 made a package.

A loop in Python would take longer over a minute of sound than decoding it.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

with warnings.catch_warnings():
    # That it goes with 3.13 is known; from there on `audioop-lts` is it.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

_BYTES = 2
_FULL_SCALE = 32_768


def of(frame: AudioFrame) -> memoryview:
    """The samples of a frame of one channel, without the padding behind them."""
    return memoryview(frame.planes[0])[: frame.samples * _BYTES]


def peak(samples: memoryview) -> float:
    """The loudest of them, in dB below full scale; -inf is digital silence."""
    loudest = audioop.max(samples, _BYTES)
    return 20 * math.log10(loudest / _FULL_SCALE) if loudest else -math.inf


def times(samples: memoryview, factor: float) -> bytes:
    """Each multiplied."""
    return audioop.mul(samples, _BYTES, factor)


def plus(samples: bytes, others: bytes) -> bytes:
    """Each added to its counterpart in as many others; what would be louder than full scale is as loud."""
    return audioop.add(samples, others, _BYTES)
