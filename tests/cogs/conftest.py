"""The bot in this process, connected to the stand-in, with one cog or all of them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from bot.client import VoiceBot
from bot.services import open_services
from sandbox.discord import Discord
from sandbox.openroute import Openroute
from tests.cogs.setting import Setting
from tests.fixtures import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The cogs that are loaded; a test module overrides it."""
    return ()


@pytest.fixture
async def setting(tmp_path: Path, cogs: tuple[str, ...]) -> AsyncGenerator[Setting]:
    """A server with a channel and somebody in it, and the bot, ready."""
    async with Discord() as discord, Openroute() as openroute:
        guild = discord.add_guild("Workshop")
        channel = discord.add_channel(guild, "general")
        anna = discord.add_user("anna")
        discord.add_member(guild, anna)
        settings = settings_of(
            database_url=f"sqlite:///{tmp_path}/a.db",
            decoders=1,
            openroute_base_url=openroute.base_url,
            openroute_api_key=SecretStr(openroute.key),
            cdn_hosts=(discord.cdn_host,),
            notice="off",
        )
        async with open_services(settings) as services:
            bot = VoiceBot(api_url=discord.api_url, extensions=cogs, content=True)
            services.attach(bot, None)
            running = asyncio.create_task(bot.run_until_closed(discord.token))
            try:
                async with asyncio.timeout(30):
                    await discord.wait_for(lambda: discord.gateway.connected, 30)
                    await bot.wait_until_ready()
                yield Setting(discord, openroute, bot, services, guild, channel, anna)
            finally:
                await asyncio.gather(bot.reception.close(5), bot.running_commands.close(5))
                await bot.close()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
        assert discord.unknown == []
        assert discord.could_ping == []
