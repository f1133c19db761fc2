"""The way to a connection, and what keeps the bot from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.client import LoginRefusedError, VoiceBot

if TYPE_CHECKING:
    from tests.client.scene import Scene


def bot(scene: Scene) -> VoiceBot:
    """The bot, with nothing to do."""
    return VoiceBot(api_url=scene.discord.api_url, extensions=(), content=True)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (4004, "DISCORD_TOKEN"),
        (4010, "SHARD_COUNT and SHARD_IDS"),
        (4011, "SHARD_COUNT and SHARD_IDS"),
        (4012, "a newer version"),
        (4013, "a newer version"),
    ],
)
async def test_what_never_passes_is_not_tried_again(scene: Scene, code: int, advice: str) -> None:
    """Each attempt counts among those Discord allows in a day; the operator reads what to change."""
    scene.discord.gateway.refuse_identify = code
    with pytest.raises(LoginRefusedError, match=advice):
        await bot(scene).run_until_closed(scene.discord.token)
