"""Listening: what is posted is taken in, what is deleted or edited is followed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Upload
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from sandbox.discord import Channel
    from tests.cogs.setting import Setting

SOUND = NOTE.read_bytes()


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried."""
    return ("cogs.listen",)


async def answered(setting: Setting, channel: Channel, count: int) -> None:
    """Wait until so many messages of the bot stand in a channel, and its ledger has no unfinished note."""

    def there() -> bool:
        return [message.author for message in channel.messages].count(setting.discord.me) == count

    await setting.discord.wait_for(there, 20)
    async with asyncio.timeout(20):
        while await setting.services.backlog.unfinished():  # noqa: ASYNC110 - the database cannot be waited for
            await asyncio.sleep(0.01)


async def test_notes_are_answered_and_followed(setting: Setting) -> None:
    """A note is answered; what is deleted, alone or in bulk, or removed by an edit, takes its answer along."""
    setting.openroute.script("Heard.", times=5)
    discord = setting.discord
    voice = discord.post_voice(setting.channel, setting.anna, SOUND, duration=11.3)
    files = [Upload("a.ogg", SOUND, "audio/ogg"), Upload("b.ogg", SOUND, "audio/ogg")]
    both = discord.post(setting.channel, setting.anna, files=files)
    others = [discord.post_voice(setting.channel, setting.anna, SOUND, duration=11.3) for _ in range(2)]
    threads = [await discord.wait_for(lambda note=note: note.thread, 20) for note in (voice, both, *others)]
    for thread, count in zip(threads, (1, 2, 1, 1), strict=True):
        await answered(setting, thread, count)
    discord.delete(voice)
    await answered(setting, threads[0], 0)
    discord.remove_file(both)
    await answered(setting, threads[1], 1)
    discord.delete(*others)
    for thread in threads[2:]:
        await answered(setting, thread, 0)
    assert len(setting.openroute.requests) == 5


async def test_a_message_without_audio_is_nothing(setting: Setting) -> None:
    """The model is not asked, nothing is written down."""
    setting.discord.post(setting.channel, setting.anna, "hello")
    setting.discord.post(setting.channel, setting.anna, files=[Upload("a.png", b"\x89PNG", "image/png")])
    setting.openroute.script("Heard.")
    note = setting.discord.post_voice(setting.channel, setting.anna, SOUND, duration=11.3)
    await answered(setting, await setting.discord.wait_for(lambda: note.thread, 20), 1)
    assert len(setting.openroute.requests) == 1
