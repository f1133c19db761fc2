"""Where a long note is cut: in pauses, into parts of about equal length."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from bot.decoder.mixing import MOMENTS_A_SECOND, SILENT_DB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SLACK = 0.1
"""How much shorter than allowed parts are by intention, so that there is room to look for a pause."""
_LEAST_PAUSE = 0.3
"""Seconds; between words of a sentence it is shorter."""
_BELOW_SPEECH = 22.0
"""So many dB below the loud moments around it lies a pause, where a room is too noisy for silence."""
_LOUD = 0.9
"""The share of moments that are softer than the loud ones."""


def cuts(levels: Sequence[float], seconds: float, most_seconds: float) -> list[float]:
    """Where to cut, in seconds from the beginning; no part is longer than `most_seconds`.

    Each cut is in the middle of the pause that is long and near the place that would make parts equal. Where there is
    no pause near, it is at the softest moment.

    Args:
        levels: the peak of each moment, in dB.
        seconds: how long the note is.
        most_seconds: how long a part may be.
    """
    if seconds <= most_seconds:
        return []
    parts = math.ceil(seconds / (most_seconds * (1 - _SLACK)))
    # Half of the slack on both sides of both ends.
    reach = most_seconds * _SLACK / 2
    return [_near(levels, seconds * number / parts, reach) for number in range(1, parts)]


def _near(levels: Sequence[float], ideal: float, reach: float) -> float:
    first = max(0, math.ceil((ideal - reach) * MOMENTS_A_SECOND))
    around = levels[first : math.floor((ideal + reach) * MOMENTS_A_SECOND)]
    if not around:
        return ideal
    pauses = list(_pauses(around))
    if not pauses:
        softest = min(
            range(len(around)), key=lambda at: (around[at], abs(first + at - ideal * MOMENTS_A_SECOND))
        )
        return (first + softest + 0.5) / MOMENTS_A_SECOND

    def cost(pause: tuple[int, int]) -> float:
        """How far it is; a second of pause is worth as much as a tenth of the reach, up to three."""
        start, end = pause
        middle = (first + (start + end) / 2) / MOMENTS_A_SECOND
        return abs(middle - ideal) / reach - 0.1 * min(3.0, (end - start) / MOMENTS_A_SECOND)

    start, end = min(pauses, key=cost)
    return (first + (start + end) / 2) / MOMENTS_A_SECOND


def _pauses(levels: Sequence[float]) -> Iterator[tuple[int, int]]:
    """First moment and the one after the last of each stretch that is soft for long enough."""
    loud = sorted(levels)[int(len(levels) * _LOUD)]
    soft = max(SILENT_DB, loud - _BELOW_SPEECH)
    at = 0
    for is_soft, run in groupby(levels, key=lambda level: level < soft):
        length = len(list(run))
        if is_soft and length >= _LEAST_PAUSE * MOMENTS_A_SECOND:
            yield at, at + length
        at += length
