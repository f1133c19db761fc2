"""The answer to a deleted note goes; its thread, too, if it was the bot's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.client.posting.withdrawal import withdraw
from bot.models import OrphanedAnswer, Posted
from sandbox.discord import Permission

if TYPE_CHECKING:
    from sandbox.discord import Channel, Message
    from tests.client.scene import Scene


async def withdrawn(scene: Scene, note: Message, channel: Channel, *pages: Message) -> None:
    """Take back the answer to a note of the scene's channel; it stands in `channel`."""
    posted = Posted(channel_id=channel.id, pages=tuple(page.id for page in pages))
    await withdraw(
        scene.client, OrphanedAnswer(message_id=note.id, channel_id=scene.channel.id, posted=posted)
    )


class Answered:
    """A note with an answer in its thread."""

    def __init__(self, scene: Scene, *, opened_by_anna: bool = False) -> None:
        discord = scene.discord
        self.scene = scene
        self.message = scene.post()
        opener = scene.anna if opened_by_anna else discord.me
        self.thread = discord.open_thread(scene.channel, opener, "An answer", starter=self.message)
        self.page = discord.post(self.thread, discord.me, "Heard.")
        discord.allow(scene.channel, Permission.MANAGE_THREADS)

    async def withdraw(self) -> None:
        """As when the note was deleted."""
        self.scene.discord.delete(self.message)
        await withdrawn(self.scene, self.message, self.thread, self.page)


async def test_an_answer_goes_with_its_thread(scene: Scene) -> None:
    """Where only the bot wrote in it."""
    answered = Answered(scene)
    await answered.withdraw()
    assert answered.thread.deleted


async def test_a_thread_others_wrote_in_stays(scene: Scene) -> None:
    """The answer goes, what they wrote is theirs."""
    answered = Answered(scene)
    theirs = scene.discord.post(answered.thread, scene.anna, "Thank you!")
    await answered.withdraw()
    assert not answered.thread.deleted
    assert answered.thread.messages == [theirs]


async def test_a_thread_somebody_else_opened_stays(scene: Scene) -> None:
    """It is theirs, though only the bot wrote in it."""
    answered = Answered(scene, opened_by_anna=True)
    await answered.withdraw()
    assert not answered.thread.deleted
    assert answered.thread.messages == []


async def test_a_thread_that_cannot_be_read_stays(scene: Scene) -> None:
    """Nobody knows what others wrote in it."""
    answered = Answered(scene)
    scene.discord.post(answered.thread, scene.anna, "Thank you!")
    scene.discord.forbid(scene.channel, Permission.READ_MESSAGE_HISTORY)
    await answered.withdraw()
    assert not answered.thread.deleted
    assert answered.page.deleted


async def test_an_empty_thread_goes_unread(scene: Scene) -> None:
    """Discord tells that nobody has ever written in it."""
    message = scene.post()
    thread = scene.discord.open_thread(scene.channel, scene.discord.me, "An answer", starter=message)
    scene.discord.allow(scene.channel, Permission.MANAGE_THREADS)
    scene.discord.forbid(scene.channel, Permission.READ_MESSAGE_HISTORY)
    scene.discord.delete(message)
    await withdrawn(scene, message, thread)
    assert thread.deleted


async def test_a_thread_that_may_not_be_deleted_stays(scene: Scene) -> None:
    """But the answer goes."""
    answered = Answered(scene)
    scene.discord.forbid(scene.channel, Permission.MANAGE_THREADS)
    await answered.withdraw()
    assert answered.page.deleted
    assert not answered.thread.deleted


async def test_an_answer_beside_its_note_is_deleted(scene: Scene) -> None:
    """Page by page; one that is gone already holds up none."""
    message = scene.post()
    pages = [scene.discord.post(scene.channel, scene.discord.me, text) for text in ("one", "two")]
    scene.discord.delete(pages[0])
    await withdrawn(scene, message, scene.channel, *pages)
    assert scene.said(scene.channel) == []


async def test_what_is_left_is_told(scene: Scene) -> None:
    """Discord is away: it is to be tried again."""
    answered = Answered(scene)
    scene.discord.faults.add("GET", ".*", times=None, status=503)
    scene.discord.faults.add("DELETE", ".*", times=None, status=503)
    with pytest.raises(errors.DiscordAway):
        await answered.withdraw()
    assert not answered.page.deleted
