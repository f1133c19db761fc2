"""What discord.py remembers for a whole process."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import pytest

from bot.client.process_wide import RateLimit
from sandbox.discord.rest.rate_limits import CREATE_MESSAGE
from sandbox.discord.rest.rate_limits import RateLimit as Allowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.scene import Scene

ENOUGH_TO_LOOK = 256
"""Of so many rate limits on, discord.py looks which may be forgotten."""


@pytest.fixture
async def elapse(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of the event loop forward."""
    loop = asyncio.get_running_loop()
    usual, ahead = loop.time, 0.0

    def by(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds

    monkeypatch.setattr(loop, "time", lambda: usual() + ahead)
    return by


def remembered() -> list[RateLimit]:
    """All there are."""
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is RateLimit]


async def test_rate_limits_are_forgotten_when_they_are_over(
    scene: Scene, elapse: Callable[[float], None]
) -> None:
    """Each thread has some of its own; one that holds still is kept."""
    scene.discord.limits.overall = None
    scene.discord.limits.per_route = {CREATE_MESSAGE: Allowed(5, 3600)}
    await scene.client.get_partial_messageable(scene.channel.id).send("Hello.")
    for _ in range(ENOUGH_TO_LOOK):
        await scene.client.http.get_channel(scene.discord.add_channel(scene.guild).id)
    assert len(remembered()) > ENOUGH_TO_LOOK
    elapse(11)
    await scene.client.http.get_channel(scene.channel.id)
    kept = remembered()
    assert len(kept) < 5
    assert [(each.limit, each.remaining) for each in kept if each.expires] == [(5, 4)]


async def test_a_rate_limit_is_forgotten_when_nobody_needs_it(elapse: Callable[[float], None]) -> None:
    """Neither just after a request, nor during one, nor while one waits, nor before its window is over."""
    limit = RateLimit(None)
    async with limit:
        elapse(3600)
        assert not limit.is_inactive()
    elapse(9)
    assert limit.is_inactive()
    async with limit:
        pass
    elapse(9)
    assert not limit.is_inactive()
    elapse(2)
    assert limit.is_inactive()
    limit.expires = asyncio.get_running_loop().time() + 60
    assert not limit.is_inactive()
    limit.remaining = 0
    waiting = asyncio.create_task(limit.acquire())
    await asyncio.sleep(0)
    elapse(61)
    assert not limit.is_inactive()
    await waiting
    limit.outgoing = 0
    elapse(11)
    assert limit.is_inactive()
