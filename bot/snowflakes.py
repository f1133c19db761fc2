"""Discord's ids, which hold the time at which they were given out: milliseconds since the beginning of 2015, and 22 bits."""

from __future__ import annotations

_EPOCH = 1_420_070_400.0
_SHIFT = 22


def moment_of(snowflake: int) -> float:
    """When an id was given out, in seconds since 1970."""
    return (snowflake >> _SHIFT) / 1000 + _EPOCH


def lowest_at(seconds: float) -> int:
    """The lowest id that is given out at a moment, which is in seconds since 1970."""
    return int((seconds - _EPOCH) * 1000) << _SHIFT
