"""When to try again: a pure decision, kept apart from what is tried."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bot.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Callable

ATTEMPTS = 4
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds. Whoever asks for a longer pause is not waited for: the person hears “try again later” instead."""


def wait_before(
    next_attempt: int, error: Exception, *, jitter: Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait before attempt number `next_attempt` (the first is 1), or None to give up.

    Exponential with jitter of up to one half; a pause the other side asked for is never cut short.
    """
    if not isinstance(error, Transient) or next_attempt > ATTEMPTS:
        return None
    backoff = FIRST_WAIT * 2 ** (next_attempt - 2) * (1 + jitter() / 2)
    wait = max(backoff, error.retry_after or 0.0)
    return wait if wait <= LONGEST_WAIT else None
