"""Channels and threads themselves over bare HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import ChannelKind, Permission

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Http, Scene


async def test_every_kind_of_channel(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Each is found under its id with its type."""
    for kind in (ChannelKind.VOICE, ChannelKind.STAGE, ChannelKind.FORUM, ChannelKind.ANNOUNCEMENT):
        channel = sandbox.add_channel(scene.guild, kind.name.lower(), kind)
        assert (await http.call("GET", f"/channels/{channel.id}")).body["type"] == kind
    thread = sandbox.open_thread(scene.channel, scene.ann, "thread")
    assert (await http.call("GET", f"/channels/{thread.id}")).body["parent_id"] == str(scene.channel.id)
    private = sandbox.direct_channel(scene.ann)
    recipients = (await http.call("GET", f"/channels/{private.id}")).body["recipients"]
    assert [user["id"] for user in recipients] == [str(scene.ann.id)]


async def test_changing_and_deleting_channels(sandbox: Discord, http: Http, scene: Scene) -> None:
    """The bot manages its own threads; anything else needs permission."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    await http.call("POST", f"/channels/{scene.channel.id}/messages/{note.id}/threads", {"name": "mine"})
    mine, theirs = f"/channels/{note.id}", sandbox.open_thread(scene.channel, scene.ann, "theirs")
    renamed = await http.call("PATCH", mine, {"name": "renamed", "archived": True})
    assert (renamed.body["name"], renamed.body["thread_metadata"]["archived"]) == ("renamed", True)
    assert (await http.call("PATCH", f"/channels/{theirs.id}", {"name": "x"})).code == 50013
    assert (await http.call("DELETE", mine)).code == 50013
    sandbox.allow(scene.channel, Permission.MANAGE_THREADS | Permission.MANAGE_CHANNELS)
    assert (await http.call("DELETE", mine)).status == 200
    assert (await http.call("GET", mine)).code == 10003
    assert (await http.call("PATCH", f"/channels/{scene.channel.id}", {"name": "new"})).body["name"] == "new"
    assert (await http.call("DELETE", f"/channels/{scene.channel.id}")).status == 200
    assert theirs.deleted


async def test_a_locked_thread_stays_locked(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Only with MANAGE_THREADS can a locked thread be unarchived, even by its opener; others anyone can unarchive."""
    mine = sandbox.open_thread(scene.channel, sandbox.me, "mine")
    theirs = sandbox.open_thread(scene.channel, scene.ann, "theirs")
    sandbox.archive(mine, locked=True)
    sandbox.archive(theirs)
    wake = {"archived": False}
    assert (await http.call("PATCH", f"/channels/{mine.id}", wake)).code == 50013
    assert (await http.call("PATCH", f"/channels/{theirs.id}", wake)).status == 200
    sandbox.allow(scene.channel, Permission.MANAGE_THREADS)
    assert (await http.call("PATCH", f"/channels/{mine.id}", wake)).status == 200
    assert [mine.archived, theirs.archived] == [False, False]
