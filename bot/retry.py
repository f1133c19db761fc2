"""Decides when a failed attempt is repeated. The decisions are pure functions; tenacity carries them out."""

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
"""Seconds. If the other side asks for a longer pause, the attempt fails: the note is postponed, or its author told."""
FIRST_LATER = 5.0
LONGEST_LATER = 300.0
LONGEST_PAUSE = 3600.0
"""Seconds for which a note is postponed at most, even if the other side asks for more."""


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


def later(age: float, error: Transient, *, jitter: Callable[[], float] = random.random) -> float:
    """Seconds for which a note is postponed after all attempts have failed with `error`.

    Half its age, which is in seconds, so that the pauses grow; with jitter, so that not all notes come back at once.
    """
    backoff = min(max(FIRST_LATER, age / 2), LONGEST_LATER) * (1 + jitter() / 4)
    return max(backoff, min(error.retry_after or 0.0, LONGEST_PAUSE))


async def with_retries(work: Callable[[], Awaitable[T]], *, sleep: Callable[[float], Awaitable[None]]) -> T:
    """The result of `work`, which is repeated while it raises Transient, as `wait_before` decides.

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
