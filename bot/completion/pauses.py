"""How long the API asks to be left alone, in whatever unit and place it says so."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot.completion.shapes import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SECONDS = {"retry_after", "retry-after", "retryafter", "retry_after_seconds", "retrydelay", "retry_delay"}
_MILLISECONDS = {"retry_after_ms", "retry-after-ms"}
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(ms|s)")


def pause_of(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds that the headers of an answer ask to wait, more than zero; None where they don't say.

    Args:
        headers: asked for by name, whatever the case.
        now: seconds since 1970. A date is held against the answer's own `Date` where it has one, since clocks differ.
    """
    if milliseconds := number(headers.get("retry-after-ms")):
        return milliseconds / 1000
    told = headers.get("Retry-After")
    if told is None:
        return None
    if seconds := number(told):
        return seconds
    until, since = _time(told), _time(headers.get("Date"))
    if until is None:
        return None
    pause = until - (now if since is None else since)
    return pause if pause > 0 else None


def pause_in(fields: Iterable[tuple[str, object]]) -> float | None:
    """Seconds that a body asks to wait, of all its fields by name; the first that says so counts."""
    for name, value in fields:
        if name in _MILLISECONDS and (milliseconds := number(value)):
            return milliseconds / 1000
        if name in _SECONDS:
            if seconds := number(value):
                return seconds
            # Google's way: a string with its unit.
            if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
                seconds = float(match[1]) / (1000 if match[2] == "ms" else 1)
                if seconds:
                    return seconds
    return None


def _time(told: str | None) -> float | None:
    """Seconds since 1970; the standard's dates are in UTC, also where they don't say so."""
    try:
        date = parsedate_to_datetime(told) if told else None
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() if date else None
    except (ValueError, OverflowError):
        return None
