"""Where a long note is cut, while it is still being decoded: in pauses, a short part first, then about equal ones."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from bot.decoder.mixing import MOMENTS_A_SECOND, SILENT_DB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIRST_SECONDS = 60.0
"""About how long the first part of a long note is: its words stand in the thread while the rest is heard.

It is decoded, encoded and sent within a second, and heard by a model within a few. Half as long would save a tenth of a
second and hold too little to be read until the next part's first words come; and each part is a request.
"""
LEAST_SECONDS = 10.0
"""Shorter parts hold no sentence."""
_FIRST_REACH = 1 / 6
"""How far from there a pause is looked for, as a share of it."""
_BEHIND = 0.5
"""Seconds beyond a cut that have to be there before it is made: encoders are behind by less."""
_SLACK = 0.1
"""How much shorter than allowed parts are by intention, so that there is room to look for a pause."""
_LEAST_PAUSE = 0.3
"""Seconds; between words of a sentence it is shorter."""
_BELOW_SPEECH = 22.0
"""So many dB below the loud moments around it lies a pause, where a room is too noisy for silence."""
_LOUD = 0.9
"""The share of moments that are softer than the loud ones."""


class Cutter:
    """Finds the ends of a note's parts, one after the other. The same sound is always cut in the same places.

    Each end is in the middle of the pause that is long and near the place that would make parts equal. Where there is no
    pause near, it is at the softest moment.

    Args:
        announced: how long the note says it is, in seconds, if it does.
        most_seconds: how long a part may be. What is no longer than that is not cut.
    """

    def __init__(self, announced: float | None, most_seconds: float) -> None:
        self._announced = announced or 0.0
        self._most = most_seconds
        self._first = min(FIRST_SECONDS, most_seconds / 2)
        self.start = 0.0
        """Where the next part begins, in seconds."""

    def next(self, levels: Sequence[float], seconds: float, *, ended: bool = False) -> float | None:
        """Where the part at `start` ends; None as long as too little was heard to tell, or if it is the last.

        Args:
            levels: the peak of each moment so far, in dB.
            seconds: how much was heard so far.
            ended: whether that is all.
        """
        whole = seconds if ended else max(self._announced, seconds)
        if whole - self.start <= self._most and (ended or self.start or whole <= self._most):
            return None
        ideal, reach = self._near_to(seconds if ended else self._announced)
        # Where nobody knows how much there will be, what remains should be worth a part of its own.
        behind = _BEHIND if self._announced > ideal + reach else LEAST_SECONDS
        if not ended and min(seconds, len(levels) / MOMENTS_A_SECOND) < ideal + reach + behind:
            return None
        self.start = _near(levels, ideal, reach)
        return self.start

    def _near_to(self, whole: float) -> tuple[float, float]:
        """Where the next part of so many seconds should end, and how far from there it may."""
        if not self.start:
            return self._first, self._first * _FIRST_REACH
        # Half of the slack on both sides of both ends.
        reach, left = self._most * _SLACK / 2, whole - self.start
        if left <= self._most:
            # There should be no more, and there is.
            return self.start + self._most - reach, reach
        parts = math.ceil(left / (self._most * (1 - _SLACK)))
        return self.start + left / parts, reach


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
