"""A scene for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import discord.http
import pytest

from sandbox.discord import Discord
from tests.client.scene import Scene
from tests.sandbox.discord.clients import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    """A client without a gateway, as a worker has it; nothing the stand-in does not know may be asked of it."""
    clock = Clock()
    async with (
        Discord(clock=clock) as sandbox,
        discord.Client(
            intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none()
        ) as client,
    ):
        discord.http.Route.BASE = sandbox.api_url
        await client.login(sandbox.token)
        guild = sandbox.add_guild()
        anna = sandbox.add_user("anna")
        sandbox.add_member(guild, anna)
        yield Scene(sandbox, client, clock, guild, sandbox.add_channel(guild), anna)
        assert sandbox.unknown == []
