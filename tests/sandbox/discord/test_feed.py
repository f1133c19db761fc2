"""Listening to the changes that the stand-in tells of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sandbox.discord.changes import Call, MessageCreated, MessageEdited

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Http, Scene


async def test_everything_is_told_in_order(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Iterating gives what people do and what the bot requests, in order."""

    async def watch() -> list[object]:
        seen: list[object] = []
        async for change in sandbox.changes():
            seen.append(change)
            if isinstance(change, Call):
                return seen
        return seen

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    message = sandbox.post(scene.channel, scene.ann, "one")
    sandbox.edit(message, "two")
    await http.call("GET", "/users/@me")
    created, edited, call = await watching
    assert created == MessageCreated(message)
    assert edited == MessageEdited(message)
    assert isinstance(call, Call)
    assert (call.method, call.path, call.status) == ("GET", "/users/@me", 200)
    assert message.versions == ["one", "two"]


async def test_waiting_ends_with_the_change(sandbox: Discord, scene: Scene) -> None:
    """Waiting returns the value once it is there; the TimeoutError names the last requests."""
    waiting = asyncio.create_task(sandbox.wait_for(lambda: scene.channel.messages))
    await asyncio.sleep(0)
    message = sandbox.post(scene.channel, scene.ann, "here")
    assert await waiting == [message]
    with pytest.raises(TimeoutError, match="last requests"):
        await sandbox.wait_for(lambda: False, timeout=0.01)
