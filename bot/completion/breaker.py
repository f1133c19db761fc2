"""Keeps a thousand waiting notes from asking an endpoint that is away: one request at a time finds out whether it is back."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    from collections.abc import Callable

FAILURES = 5
"""So many requests in a row have to fail: more than one note makes by itself, so that a short trouble changes nothing."""
PROBE_EVERY = 10.0
"""Seconds between two requests while a model is away. With those that were under way when it went, that is well below
twenty in a minute; whoever waits does so ten seconds longer at most once it is back."""


@dataclass(slots=True)
class _Known:
    failures: int = 0
    next_probe: float = 0.0


class Breaker:
    """What is known of each model of the endpoint: whether it answered lately.

    Args:
        clock: gives seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def admit(self, model: str) -> None:
        """Let a request to a model go out, unless the model is away and another request is to find out whether it is back.

        Raises:
            EndpointBusy: not now; `retry_after` says when.
        """
        known = self._known.get(model)
        if known is None or known.failures < FAILURES:
            return
        now = self._clock()
        if now < known.next_probe:
            raise errors.EndpointBusy("away, and being tried", retry_after=known.next_probe - now)
        known.next_probe = now + PROBE_EVERY

    def failed(self, model: str, error: errors.EndpointBusy) -> None:
        """A request came to nothing, because the endpoint is away or busy."""
        known = self._known.setdefault(model, _Known())
        known.failures += 1
        wait = max(PROBE_EVERY, error.retry_after or 0.0)
        known.next_probe = max(known.next_probe, self._clock() + wait)

    def answered(self, model: str) -> None:
        """The endpoint has answered, whatever it said."""
        self._known.pop(model, None)
