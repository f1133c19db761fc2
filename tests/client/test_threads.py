"""Each note its thread, once; what the bot may not do is remembered; what is withdrawn was the bot's alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from bot import errors
from bot.models import Place, Posted
from sandbox.discord import ChannelKind, Permission, Thread

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from tests.client.scene import Scene

OPENING = r"/channels/\d+/messages/\d+/threads"


async def opened(scene: Scene, note: VoiceNote) -> Thread | None:
    """The thread a note is answered in; None where that is beside the note."""
    destination = await scene.threads.destination(note)
    if destination.reply_to is None:
        return scene.guild.threads[destination.channel.id]
    assert (destination.channel.id, destination.reply_to.id) == (note.channel_id, note.message_id)
    return None


async def test_a_thread_on_the_note(scene: Scene) -> None:
    """Opened once, however many notes the message holds and however often it is asked for."""
    note = scene.posted()
    found = await asyncio.gather(*(opened(scene, note) for _ in range(3)), opened(scene, note))
    assert found == [scene.thread(note)] * 4
    assert scene.asked("POST", "/threads") == 1


async def test_a_thread_somebody_else_opened(scene: Scene) -> None:
    """The one there is is used."""
    message = scene.post()
    theirs = scene.discord.open_thread(scene.channel, scene.anna, "theirs", starter=message)
    assert await opened(scene, scene.note(message)) is theirs


async def test_no_thread_on_a_deleted_note(scene: Scene) -> None:
    """Nobody is answered."""
    message = scene.post()
    scene.discord.delete(message)
    with pytest.raises(errors.Gone):
        await scene.threads.destination(scene.note(message))


@pytest.mark.parametrize("place", [Place.THREAD, Place.VOICE, Place.DIRECT])
async def test_where_no_threads_are_none_is_tried(scene: Scene, place: Place) -> None:
    """Beside the note, without asking."""
    assert await opened(scene, scene.posted(place)) is None
    assert scene.asked("POST", "/threads") == 0


async def test_a_missing_permission_is_remembered(scene: Scene) -> None:
    """For ten minutes, in that channel; then it is tried again."""
    scene.discord.forbid(scene.channel, Permission.CREATE_PUBLIC_THREADS)
    elsewhere = scene.discord.add_channel(scene.guild, "elsewhere")
    assert await opened(scene, scene.posted()) is None
    assert await opened(scene, scene.posted()) is None
    assert await opened(scene, scene.posted(channel=elsewhere)) is not None
    assert scene.asked("POST", "/threads") == 2
    scene.discord.allow(scene.channel, Permission.CREATE_PUBLIC_THREADS)
    scene.steps.now += 599
    assert await opened(scene, scene.posted()) is None
    scene.steps.now += 2
    assert await opened(scene, scene.posted()) is not None


async def test_what_was_missing_is_forgotten_when_permissions_change(scene: Scene) -> None:
    """In that channel: both that no thread could be opened and that nothing could be said."""
    elsewhere = scene.discord.add_channel(scene.guild, "elsewhere")
    here, there = scene.posted(), scene.posted(channel=elsewhere)
    for note in (here, there):
        scene.threads.give_up_threads(note)
        scene.threads.mute(note, "Send Messages")
    scene.threads.permissions_changed([scene.channel.id])
    assert scene.threads.refusal(here) is None
    assert await opened(scene, here) is not None
    assert scene.threads.refusal(there) is not None
    assert await opened(scene, there) is None


async def test_too_many_threads(scene: Scene) -> None:
    """Beside the note; nothing is remembered, as there may be room for the next one."""
    scene.discord.threads.active_limit = 0
    assert await opened(scene, scene.posted()) is None
    scene.discord.threads.active_limit = 1
    assert await opened(scene, scene.posted()) is not None


async def test_a_channel_that_turns_out_to_have_no_threads(scene: Scene) -> None:
    """A voice chat that was taken for a channel."""
    voice = scene.discord.add_channel(scene.guild, "talk", ChannelKind.VOICE)
    assert await opened(scene, scene.posted(channel=voice)) is None


async def test_a_thread_that_was_opened_but_reported_failed(scene: Scene) -> None:
    """It is looked for, and found."""
    scene.discord.faults.add("POST", OPENING, status=503, after_handling=True)
    note = scene.posted()
    assert await opened(scene, note) is scene.thread(note)


async def test_a_failure_is_not_remembered(scene: Scene) -> None:
    """The next attempt opens the thread."""
    scene.discord.faults.add("POST", OPENING, status=503)
    note = scene.posted()
    with pytest.raises(discord.DiscordServerError):
        await scene.threads.destination(note)
    assert await opened(scene, note) is scene.thread(note)


async def test_edits_of_a_channel_share_a_pace(scene: Scene) -> None:
    """One in 1.2 seconds, whichever answers; other channels have their own."""
    assert scene.threads.may_edit(1)
    assert scene.threads.may_edit(2)
    scene.steps.now += 1.1
    assert not scene.threads.may_edit(1)
    scene.steps.now += 0.2
    assert scene.threads.may_edit(1)


async def test_nothing_is_forgotten_before_its_time(scene: Scene) -> None:
    """However much there is to remember."""
    for _ in range(3):
        scene.steps.now += 10
        assert all(scene.threads.may_edit(channel) for channel in range(2000))
        assert not any(scene.threads.may_edit(channel) for channel in range(2000))


async def test_an_author_is_told_once_an_hour(scene: Scene) -> None:
    """In private, which channel it is about; for another channel once more."""
    note = scene.posted()
    private = scene.discord.direct_channel(scene.anna)
    await scene.threads.tell_privately(note, "Sorry.")
    await scene.threads.tell_privately(scene.posted(), "Sorry.")
    assert scene.said(private) == [f"About your recording in <#{scene.channel.id}>: Sorry."]
    scene.steps.now += 3601
    await scene.threads.tell_privately(note, "Sorry.")
    elsewhere = scene.discord.add_channel(scene.guild, "elsewhere")
    await scene.threads.tell_privately(scene.posted(channel=elsewhere), "Sorry.")
    assert len(scene.said(private)) == 3


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
        posted = Posted(channel_id=self.thread.id, pages=(self.page.id,))
        await self.scene.threads.withdraw(self.message.id, self.scene.channel.id, posted)


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
    await scene.threads.withdraw(message.id, scene.channel.id, Posted(channel_id=thread.id, pages=()))
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
    posted = Posted(channel_id=scene.channel.id, pages=tuple(page.id for page in pages))
    await scene.threads.withdraw(message.id, scene.channel.id, posted)
    assert scene.said(scene.channel) == []


async def test_withdrawing_fails_quietly(scene: Scene) -> None:
    """Discord is away: others may still be withdrawn."""
    answered = Answered(scene)
    scene.discord.faults.add("GET", ".*", times=None, status=503)
    scene.discord.faults.add("DELETE", ".*", times=None, status=503)
    await answered.withdraw()
    assert not answered.page.deleted
