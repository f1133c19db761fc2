"""Discord's ids: the milliseconds since 2015 in all but the lower 22 bits, so that later ids are larger."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EPOCH_MS = 1_420_070_400_000
_STEP_BITS = 22


class Snowflakes:
    """Makes ids from a clock of Unix seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """An id of now, larger than every one before."""
        now = snowflake_at(self._clock())
        self._last = max(now, self._last + 1)
        return self._last


def snowflake_at(seconds: float) -> int:
    """The smallest id of a moment given in Unix seconds."""
    return (int(seconds * 1000) - _EPOCH_MS) << _STEP_BITS


def moment_of(snowflake: int) -> float:
    """The Unix seconds an id was made at."""
    return ((snowflake >> _STEP_BITS) + _EPOCH_MS) / 1000
