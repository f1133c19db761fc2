"""When to try again: a pure decision; tenacity carries it out."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, RetryCallState

from bot.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

ATTEMPTS = 4
FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
"""Seconds. Whoever asks for a longer pause is not waited for: the person hears “try again later” instead."""


def wait_before(
    next_attempt: int, error: BaseException | None, *, jitter: Callable[[], float] = random.random
) -> float | None:
    """Seconds to wait before attempt number `next_attempt` (the first is 1), or None to give up.

    Exponential with jitter of up to one half; a pause the other side asked for is never cut short.
    """
    if not isinstance(error, Transient) or next_attempt > ATTEMPTS:
        return None
    backoff = FIRST_WAIT * 2 ** (next_attempt - 2) * (1 + jitter() / 2)
    wait = max(backoff, error.retry_after or 0.0)
    return wait if wait <= LONGEST_WAIT else None


async def persistently(work: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[None]]) -> T:
    """What `work` gives, at the first attempt that does not fail in passing.

    Raises:
        EarshotError: the last attempt's, or the first that does not pass by itself.
    """

    def wait(state: RetryCallState) -> float | None:
        return wait_before(state.attempt_number + 1, state.outcome.exception() if state.outcome else None)

    retrying = AsyncRetrying(
        stop=lambda state: wait(state) is None,
        wait=lambda state: wait(state) or 0.0,
        sleep=sleep,
        reraise=True,
    )
    return await retrying(work)
