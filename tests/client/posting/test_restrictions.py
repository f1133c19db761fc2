"""What the bot may not do in a channel is remembered, until permissions change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.scene import Scene


async def test_what_was_missing_is_forgotten_when_permissions_change(scene: Scene) -> None:
    """In that channel: both that no thread could be opened and that nothing could be said."""
    elsewhere = scene.discord.add_channel(scene.guild, "elsewhere")
    here, there = scene.posted(), scene.posted(channel=elsewhere)
    for note in (here, there):
        scene.context.threads.give_up_on(note)
        scene.context.restrictions.mute(note.channel_id, "Send Messages")
    scene.context.restrictions.permissions_changed([scene.channel.id])
    assert scene.context.restrictions.refusal(here.channel_id) is None
    assert (await scene.context.threads.destination(here)).reply_to is None
    assert scene.context.restrictions.refusal(there.channel_id) is not None
    assert (await scene.context.threads.destination(there)).reply_to is not None
