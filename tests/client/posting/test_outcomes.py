"""What must not be done twice is looked for before it is done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.client.posting.outcomes import surely

if TYPE_CHECKING:
    from collections.abc import Sequence

LOST = aiohttp.ServerDisconnectedError()


class Request:
    """One that ends as it is told; what comes of each attempt, look and pause is kept in order."""

    def __init__(self, ends: Sequence[Exception | str], seen: Sequence[Exception | str | None] = ()) -> None:
        self._ends = iter(ends)
        self._seen = iter(seen)
        self.steps: list[str | float] = []

    async def act(self) -> str:
        """An attempt."""
        self.steps.append("act")
        return self._came(next(self._ends))

    async def look(self) -> str | None:
        """A look."""
        self.steps.append("look")
        found = next(self._seen)
        return None if found is None else self._came(found)

    async def sleep(self, seconds: float) -> None:
        """A pause."""
        self.steps.append(seconds)

    @staticmethod
    def _came(end: Exception | str) -> str:
        if isinstance(end, Exception):
            raise end
        return end


async def test_what_succeeds_is_not_looked_for() -> None:
    """One request."""
    request = Request(["done"])
    assert await surely(request.act, request.look) == "done"
    assert request.steps == ["act"]


async def test_it_took_effect() -> None:
    """It is found, and not done again."""
    request = Request([LOST], ["found"])
    assert await surely(request.act, request.look, pauses=[1.0, 2.0], sleep=request.sleep) == "found"
    assert request.steps == ["act", 1.0, "look"]


async def test_it_took_no_effect() -> None:
    """It is done again, with a look before each time; a look that fails has seen nothing."""
    request = Request([LOST, TimeoutError(), "done"], [None, LOST])
    assert await surely(request.act, request.look, pauses=[1.0, 2.0], sleep=request.sleep) == "done"
    assert request.steps == ["act", 1.0, "look", "act", 2.0, "look", "act"]


async def test_there_is_an_end_to_it() -> None:
    """The error of the last attempt, after a last look."""
    last = aiohttp.ClientConnectionError("last")
    request = Request([LOST, last], [None, None])
    with pytest.raises(aiohttp.ClientConnectionError) as caught:
        await surely(request.act, request.look, pauses=[1.0], sleep=request.sleep)
    assert caught.value is last
    assert request.steps == ["act", 1.0, "look", "act", "look"]


async def test_other_errors_are_none_of_it() -> None:
    """They are raised at once."""
    request = Request([ValueError("ours")])
    with pytest.raises(ValueError, match="ours"):
        await surely(request.act, request.look, pauses=[1.0], sleep=request.sleep)
    assert request.steps == ["act"]
