"""What discord.py remembers for a whole process."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from bot.client.process_wide import RateLimit

if TYPE_CHECKING:
    import pytest

    from tests.client.scene import Scene

ENOUGH_TO_LOOK = 256
"""Of so many rate limits on, discord.py looks which may be forgotten."""


def remembered() -> list[RateLimit]:
    """All there are."""
    gc.collect()
    return [each for each in gc.get_objects() if type(each) is RateLimit]


async def test_rate_limits_are_forgotten_when_they_are_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each thread has some of its own; one that holds still is kept."""
    monkeypatch.setattr("bot.client.process_wide._REMEMBERED_SECONDS", 0.0)
    scene.discord.limits.overall = None
    # The stand-in limits posts alone: five in five seconds.
    await scene.client.get_partial_messageable(scene.channel.id).send("Hello.")
    for _ in range(2 * ENOUGH_TO_LOOK):
        await scene.client.http.get_channel(scene.discord.add_channel(scene.guild).id)
    assert [(each.limit, each.remaining) for each in remembered() if each.expires] == [(5, 4)]
    assert len(remembered()) <= ENOUGH_TO_LOOK
