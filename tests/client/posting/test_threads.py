"""Each note has its thread, opened once; where that is not allowed, that is remembered for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import discord
import pytest

from bot import errors
from bot.models import ChannelKind
from sandbox.discord import ChannelKind as DiscordChannelKind
from sandbox.discord import Permission, Thread

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from tests.client.scene import Scene

OPENING = r"/channels/\d+/messages/\d+/threads"


async def opened(scene: Scene, note: VoiceNote) -> Thread | None:
    """The thread a note is answered in; None where that is beside the note."""
    destination = await scene.context.threads.destination(note)
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
        await scene.context.threads.destination(scene.note(message))


@pytest.mark.parametrize("channel_kind", [ChannelKind.THREAD, ChannelKind.VOICE, ChannelKind.DIRECT])
async def test_where_no_threads_are_none_is_tried(scene: Scene, channel_kind: ChannelKind) -> None:
    """Beside the note, without asking."""
    assert await opened(scene, scene.posted(channel_kind)) is None
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


async def test_too_many_threads(scene: Scene) -> None:
    """Beside the note; nothing is remembered, as there may be room for the next one."""
    scene.discord.threads.active_limit = 0
    assert await opened(scene, scene.posted()) is None
    scene.discord.threads.active_limit = 1
    assert await opened(scene, scene.posted()) is not None


async def test_a_channel_that_turns_out_to_have_no_threads(scene: Scene) -> None:
    """A voice chat that was taken for a channel."""
    voice = scene.discord.add_channel(scene.guild, "talk", DiscordChannelKind.VOICE)
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
        await scene.context.threads.destination(note)
    assert await opened(scene, note) is scene.thread(note)


async def test_a_thread_that_was_opened_before_the_connection_was_lost(scene: Scene) -> None:
    """It is looked for, and found."""
    scene.discord.faults.add("POST", OPENING, cut_after=0)
    note = scene.posted()
    assert await opened(scene, note) is scene.thread(note)
    assert scene.asked("POST", "/threads") == 1


@pytest.mark.parametrize(
    "body", [{"code": 40333, "message": "internal network error"}, "<html>Blocked</html>"]
)
async def test_a_403_that_names_no_permission(scene: Scene, body: object) -> None:
    """It passes; threads are tried again at the next note."""
    headers = {"Content-Type": "text/html"} if isinstance(body, str) else {}
    scene.discord.faults.add("POST", OPENING, status=403, body=body, headers=headers)
    note = scene.posted()
    with pytest.raises(discord.Forbidden):
        await scene.context.threads.destination(note)
    assert await opened(scene, note) is scene.thread(note)


async def test_a_thread_refused_for_another_reason(scene: Scene) -> None:
    """Its name, perhaps. The answer is beside the note; the next note has its thread."""
    scene.discord.faults.add(
        "POST", OPENING, status=403, body={"code": 200001, "message": "Title was blocked"}
    )
    assert await opened(scene, scene.posted()) is None
    assert await opened(scene, scene.posted()) is not None
