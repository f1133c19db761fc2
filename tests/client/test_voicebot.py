"""The way to a connection, and what keeps the bot from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.client import LoginRefusedError, VoiceBot
from bot.services import open_services
from tests.fixtures import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.client.scene import Scene


@pytest.fixture
async def bot(scene: Scene, tmp_path: Path) -> AsyncGenerator[VoiceBot]:
    """The bot, with nothing to do."""
    bot = VoiceBot(api_url=scene.discord.api_url, extensions=(), content=True)
    async with open_services(settings_of(database_url=f"sqlite:///{tmp_path}/a.db", decoders=1)) as setup:
        setup.attach(bot, None)
        yield bot


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
async def test_what_never_passes_is_not_tried_again(
    scene: Scene, bot: VoiceBot, code: int, advice: str
) -> None:
    """Each attempt counts among those Discord allows in a day; the operator reads what to change."""
    scene.discord.gateway.refuse_identify = code
    with pytest.raises(LoginRefusedError, match=advice):
        await bot.run_until_closed(scene.discord.token)
