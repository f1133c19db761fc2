"""What is read from Discord's own objects: who speaks, and whether it is a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.client import seen_message
from bot.client.seen import attachment_ids
from sandbox.discord.state import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Message
    from tests.client.scene import Scene

FILE = Upload("song.ogg", b"OggS", "audio/ogg")


def of_a_person(scene: Scene) -> Message:
    """Anna's."""
    return scene.discord.post(scene.channel, scene.anna, files=[FILE])


def of_a_bot(scene: Scene) -> Message:
    """Another bot's."""
    return scene.discord.post(scene.channel, scene.discord.add_user("tunes", bot=True), files=[FILE])


def of_a_webhook(scene: Scene) -> Message:
    """A program's, under a person's name."""
    return scene.discord.post_by_webhook(scene.channel, "anna", files=[FILE])


@pytest.mark.parametrize(("post", "is_bot"), [(of_a_person, False), (of_a_bot, True), (of_a_webhook, True)])
async def test_bots_and_webhooks_are_no_people(
    scene: Scene, post: Callable[[Scene], Message], *, is_bot: bool
) -> None:
    """Two programs that answer each other would never end."""
    posted = post(scene)
    channel = scene.client.get_partial_messageable(scene.channel.id, guild_id=scene.guild.id)
    seen = seen_message(await channel.fetch_message(posted.id))
    assert [file.filename for file in seen.attachments] == ["song.ogg"]
    assert seen.author_is_bot is is_bot


FILES = [{"id": "5"}, {"id": "6"}]


TOLD: list[tuple[dict[str, Any], list[int] | None]] = [
    ({"attachments": FILES}, [5, 6]),
    ({"attachments": []}, []),
    ({"attachments": [], "message_snapshots": [{"message": {"attachments": FILES}}]}, [5, 6]),
    ({"attachments": [], "message_snapshots": None, "message_reference": None}, []),
    ({"attachments": [], "message_reference": {"type": 0}}, []),
    # What is not told is not gone.
    ({}, None),
    ({"attachments": None}, None),
    ({"attachments": [{}]}, None),
    ({"attachments": [], "message_reference": {"type": 1}}, None),
    ({"attachments": [], "message_snapshots": [{"message": {}}]}, None),
    ({"attachments": [], "message_snapshots": [None]}, None),
]


@pytest.mark.parametrize(("message", "told"), TOLD)
def test_the_files_a_message_has(message: dict[str, Any], told: list[int] | None) -> None:
    """Its own, and those of a message it forwards."""
    assert attachment_ids(message) == told


async def test_an_edited_message_that_forwards_a_note_keeps_it(scene: Scene) -> None:
    """Its own list of files is empty, as ever."""
    note = scene.post()
    forwarded = scene.discord.forward(note, scene.channel, scene.anna)
    told = dict(await scene.client.http.get_message(scene.channel.id, forwarded.id))
    assert attachment_ids(told) == [note.attachments[0].id]
