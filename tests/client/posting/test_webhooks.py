"""Responses to interactions are sent once; discord.py itself would send them again without a look."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import pytest
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from bot.client.posting.webhooks import single_requests

if TYPE_CHECKING:
    from tests.client.scene import Scene

FOLLOW_UP = "/webhooks/.*"


async def follow_up(scene: Scene) -> Any:
    """Send one to a token nobody has; what comes of it."""
    webhook = discord.Webhook.partial(1, "token", client=scene.client)
    with single_requests():
        return await webhook.send("Heard.", wait=True)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_a_server_error_is_raised_at_once(scene: Scene, status: int) -> None:
    """As the library's own error, with its status."""
    fault = scene.discord.faults.add("POST", FOLLOW_UP, status=status, times=None)
    with pytest.raises(discord.DiscordServerError) as caught:
        await asyncio.wait_for(follow_up(scene), 5)
    assert (caught.value.status, fault.used) == (status, 1)


async def test_a_lost_connection_is_raised_at_once(scene: Scene) -> None:
    """In a form that the library doesn't take for one after which it may repeat."""
    fault = scene.discord.faults.add("POST", FOLLOW_UP, cut_after=0, times=None)
    with pytest.raises(aiohttp.ClientError):
        await asyncio.wait_for(follow_up(scene), 5)
    assert fault.used == 1


async def test_refusals_are_as_ever(scene: Scene) -> None:
    """With Discord's code."""
    with pytest.raises(discord.NotFound) as caught:
        await follow_up(scene)
    assert caught.value.code == 10015


async def test_it_holds_for_its_context_alone() -> None:
    """Afterwards the library is as it was."""
    before = async_context.get()
    with single_requests():
        assert async_context.get() is not before
    assert async_context.get() is before
    assert type(before) is AsyncWebhookAdapter
