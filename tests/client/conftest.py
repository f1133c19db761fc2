"""A scene for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.client.actions import rest_client
from sandbox.discord import Discord
from tests.client.scene import Scene
from tests.sandbox.discord.clients import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@pytest.fixture
async def scene() -> AsyncGenerator[Scene]:
    """A client without a gateway, as a worker has it.

    It may ask for nothing the stand-in does not know, and say nothing that could ping anybody.
    """
    clock = Clock()
    async with Discord(clock=clock) as sandbox, rest_client(sandbox.api_url) as client:
        await client.login(sandbox.token)
        guild = sandbox.add_guild()
        anna = sandbox.add_user("anna")
        sandbox.add_member(guild, anna)
        yield Scene(sandbox, client, clock, guild, sandbox.add_channel(guild), anna)
        assert sandbox.unknown == []
        assert sandbox.could_ping == []
