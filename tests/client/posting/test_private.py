"""What can't be said in a channel is told in private, but not again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.client.scene import Scene


async def test_an_author_is_told_once_an_hour(scene: Scene) -> None:
    """In private, which channel it is about; for another channel once more."""
    note = scene.posted()
    private = scene.discord.direct_channel(scene.anna)
    await scene.context.private.tell(note, "Sorry.")
    await scene.context.private.tell(scene.posted(), "Sorry.")
    assert scene.said(private) == [f"About your recording in <#{scene.channel.id}>:\nSorry."]
    scene.steps.now += 3601
    await scene.context.private.tell(note, "Sorry.")
    elsewhere = scene.discord.add_channel(scene.guild, "elsewhere")
    await scene.context.private.tell(scene.posted(channel=elsewhere), "Sorry.")
    assert len(scene.said(private)) == 3
