"""What is read from Discord's own objects: who speaks, and whether it is a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord
import pytest

from bot.client import locale_of, seen_message
from bot.client.seen import attachment_ids
from sandbox.discord.state import Upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import Message
    from tests.client.scene import Scene

COMMAND = {
    "id": "1",
    "name": "ask",
    "description": "Ask",
    "type": 1,
    "integration_types": [0],
    "contexts": None,
    "default_member_permissions": None,
}
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


@pytest.mark.parametrize(
    ("theirs", "servers", "in_private", "to_all"),
    [
        ("ja", "de", "ja", "de"),
        ("ja", None, "ja", "ja"),
        # Discord has it, discord.py does not know it.
        ("ar", "he", "ar", "he"),
    ],
)
async def test_the_language_of_an_answer(
    scene: Scene, theirs: str, servers: str | None, in_private: str, to_all: str
) -> None:
    """The person's where they alone read it, or where there is no server; else the server's."""
    scene.discord.world.register_commands(None, [COMMAND])
    used = scene.discord.slash(scene.anna, scene.channel, "ask")
    event = used.event_json() | {"locale": theirs, "guild_locale": servers}
    if servers is None:
        del event["guild_locale"]
    state = cast("Any", scene.client)._connection  # noqa: SLF001 - as discord.py does
    interaction: Any = discord.Interaction(data=cast("Any", event), state=state)
    assert locale_of(interaction, private=True) == in_private
    assert locale_of(interaction, private=False) == to_all


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
