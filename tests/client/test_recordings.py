"""The message with a recording is read from Discord each time; what a menu handed over stands for what can't be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.client.recordings import Recordings
from bot.client.seen import seen_message
from bot.models import NoteKey
from sandbox.discord import Permission

if TYPE_CHECKING:
    from bot.models import SeenMessage
    from sandbox.discord import Message
    from tests.client.scene import Scene


def key_of(message: Message) -> NoteKey:
    """Which recording is in a message."""
    return NoteKey(
        channel_id=message.channel.id, message_id=message.id, attachment_id=message.attachments[0].id
    )


async def seen(scene: Scene, message: Message) -> SeenMessage:
    """As a menu hands it over."""
    channel = scene.client.get_partial_messageable(message.channel.id, guild_id=scene.guild.id)
    return seen_message(await channel.fetch_message(message.id))


async def test_a_message_that_is_there(scene: Scene) -> None:
    """It is read anew, and told in the language that is asked for."""
    note = scene.post()
    found = await Recordings(scene.client).at(key_of(note), scene.guild.id, "de")
    assert (found.id, found.locale, found.author_id) == (note.id, "de", scene.anna.id)
    assert [attachment.id for attachment in found.attachments] == [note.attachments[0].id]


async def test_what_a_menu_handed_over_where_nothing_is_seen(scene: Scene) -> None:
    """It stands for the message; without it, the recording is gone."""
    note, recordings = scene.post(), Recordings(scene.client)
    handed = await seen(scene, note)
    scene.discord.forbid(scene.channel, Permission.VIEW_CHANNEL)
    with pytest.raises(errors.Gone):
        await recordings.at(key_of(note), scene.guild.id, "en-US")
    recordings.remember(handed)
    assert await recordings.at(key_of(note), scene.guild.id, "en-US") == handed


@pytest.mark.parametrize("told", [True, False])
async def test_what_was_deleted_is_gone(scene: Scene, *, told: bool) -> None:
    """Also if a menu had handed it over: told of it, or finding it, nothing is kept."""
    note, recordings = scene.post(), Recordings(scene.client)
    recordings.remember(await seen(scene, note))
    if told:
        recordings.forget([note.id])
        scene.discord.forbid(scene.channel, Permission.VIEW_CHANNEL)
    else:
        scene.discord.delete(note)
    for _ in range(2):
        with pytest.raises(errors.Gone):
            await recordings.at(key_of(note), scene.guild.id, "en-US")
        scene.discord.forbid(scene.channel, Permission.VIEW_CHANNEL)


async def test_a_message_whose_files_are_hidden(scene: Scene) -> None:
    """Without the intent, messages come without their files: what a menu handed over has them."""
    note, recordings = scene.post(), Recordings(scene.client)
    recordings.remember(await seen(scene, note))
    scene.discord.application.message_content = False
    found = await recordings.at(key_of(note), scene.guild.id, "en-US")
    assert [attachment.id for attachment in found.attachments] == [note.attachments[0].id]
    with pytest.raises(errors.Gone):
        await Recordings(scene.client).at(key_of(note), scene.guild.id, "en-US")


async def test_ids_that_nothing_has(scene: Scene) -> None:
    """They lead to nothing."""
    for number in (0, 1, 2**63 - 1):
        key = NoteKey(channel_id=number, message_id=number, attachment_id=number)
        with pytest.raises(errors.Gone):
            await Recordings(scene.client).at(key, scene.guild.id, "en-US")


async def test_discord_is_away(scene: Scene) -> None:
    """Which does not mean that a recording is gone."""
    note = scene.post()
    path = f"/channels/{scene.channel.id}/messages/{note.id}"
    scene.discord.faults.add("GET", path, status=403, body={"code": 0})
    with pytest.raises(errors.DiscordAway):
        await Recordings(scene.client).at(key_of(note), scene.guild.id, "en-US")
