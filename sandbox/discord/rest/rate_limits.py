"""Rate limits as Discord signals them: a window per route and channel, and one for all requests."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in a window of `seconds`."""

    requests: int
    seconds: float


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a request may pass, and the headers its answer gets. `retry_after` in seconds is None if it may."""

    retry_after: float | None
    headers: dict[str, str]
    everywhere: bool = False


CREATE_MESSAGE = "POST /channels/{channel_id}/messages"
EDIT_MESSAGE = "PATCH /channels/{channel_id}/messages/{message_id}"


class RateLimits:
    """Counts requests. Tests may change `per_route` (by method and path template) and `overall` at any time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self.per_route: dict[str, RateLimit] = {
            CREATE_MESSAGE: RateLimit(5, 5),
            EDIT_MESSAGE: RateLimit(5, 5),
        }
        self.overall: RateLimit | None = RateLimit(50, 1)
        self.refused: list[str] = []
        """The route of every request that was answered with 429, for tests."""

    def admit(self, route: str, owner: str) -> Admission:
        """Count a request; `owner` is the channel, server or webhook its window belongs to."""
        now = self._clock()
        if self.overall is not None and not route.startswith(("POST /interactions", "POST /webhooks")):
            window = self._window(("*", ""), self.overall, now)
            if window.used >= self.overall.requests:
                return self._refusal(
                    route, window.ends - now, {"X-RateLimit-Global": "true"}, everywhere=True
                )
            window.used += 1
        limit = self.per_route.get(route)
        if limit is None:
            return Admission(None, {})
        window = self._window((route, owner), limit, now)
        allowed = window.used < limit.requests
        window.used += allowed
        headers = {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(limit.requests - window.used),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{window.ends - now:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(route.encode(), usedforsecurity=False).hexdigest(),
        }
        if allowed:
            return Admission(None, headers)
        return self._refusal(route, window.ends - now, headers)

    def _window(self, key: tuple[str, str], limit: RateLimit, now: float) -> _Window:
        window = self._windows.get(key)
        if window is None or now >= window.ends:
            window = self._windows[key] = _Window(ends=now + limit.seconds)
        return window

    def _refusal(
        self, route: str, wait: float, headers: dict[str, str], *, everywhere: bool = False
    ) -> Admission:
        self.refused.append(route)
        signals = {
            "Retry-After": str(int(wait) + 1),
            "X-RateLimit-Scope": "global" if everywhere else "user",
            "Via": "1.1 google",
        }
        return Admission(round(wait, 3), headers | signals, everywhere)
