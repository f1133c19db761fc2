"""Threads: where they can be opened, what is refused, and what closing them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import ChannelKind, Permission, Thread
from tests.sandbox.discord.clients import gateway

if TYPE_CHECKING:
    from sandbox.discord import Discord, Message
    from tests.sandbox.discord.clients import Http, Reply, Scene


async def open_on(http: Http, message: Message, name: str = "An answer", **more: object) -> Reply:
    """Open a thread on a message."""
    path = f"/channels/{message.channel.id}/messages/{message.id}/threads"
    return await http.call("POST", path, {"name": name, **more})


async def test_a_thread_has_its_messages_id(sandbox: Discord, http: Http, scene: Scene) -> None:
    """It is created on the message, which then has the thread and the flag; the gateway tells of both."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        reply = await open_on(http, note, auto_archive_duration=60)
        assert (await socket.event("THREAD_CREATE"))["newly_created"] is True
        update = await socket.event("MESSAGE_UPDATE")
    assert reply.status == 201
    assert reply.body["id"] == str(note.id) == update["thread"]["id"]
    assert update["flags"] & 32
    assert note.thread is not None
    assert (note.thread.name, note.thread.auto_archive_minutes) == ("An answer", 60)


async def test_a_second_thread_is_refused(sandbox: Discord, http: Http, scene: Scene) -> None:
    """160004: it exists already; also when a person opened it."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    sandbox.open_thread(scene.channel, scene.ann, "theirs", starter=note)
    reply = await open_on(http, note)
    assert (reply.status, reply.code) == (400, 160004)


@pytest.mark.parametrize("kind", [ChannelKind.VOICE, ChannelKind.STAGE])
async def test_no_threads_in_voice_chats(
    sandbox: Discord, http: Http, scene: Scene, kind: ChannelKind
) -> None:
    """50024 in the text chats of voice and stage channels, where messages can be sent all the same."""
    channel = sandbox.add_channel(scene.guild, "talk", kind)
    reply = await open_on(http, sandbox.post(channel, scene.ann, "a note"))
    assert (reply.status, reply.code) == (400, 50024)
    assert (await http.call("POST", f"/channels/{channel.id}/messages", {"content": "x"})).status == 200


async def test_no_threads_in_private_or_in_threads(sandbox: Discord, http: Http, scene: Scene) -> None:
    """50024 in direct channels, threads and forum posts."""
    forum = sandbox.add_channel(scene.guild, "forum", ChannelKind.FORUM)
    thread = sandbox.open_thread(scene.channel, scene.ann, "thread")
    for message in (
        sandbox.post(sandbox.direct_channel(scene.ann), scene.ann, "private"),
        sandbox.post(thread, scene.ann, "in a thread"),
        sandbox.open_post(forum, scene.ann, "title", "a post"),
    ):
        reply = await open_on(http, message)
        assert (reply.status, reply.code) == (400, 50024)


async def test_announcement_threads_are_of_their_own_kind(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Type 10 below an announcement channel, 11 elsewhere."""
    news = sandbox.add_channel(scene.guild, "news", ChannelKind.ANNOUNCEMENT)
    assert (await open_on(http, sandbox.post(news, scene.ann, "x"))).body["type"] == 10
    assert (await open_on(http, sandbox.post(scene.channel, scene.ann, "x"))).body["type"] == 11


@pytest.mark.parametrize("name", ["", "   ", "n" * 101])
async def test_names_have_limits(sandbox: Discord, http: Http, scene: Scene, name: str) -> None:
    """A thread's name must have 1 to 100 characters."""
    reply = await open_on(http, sandbox.post(scene.channel, scene.ann, "x"), name)
    assert (reply.status, reply.code) == (400, 50035)
    assert "name" in reply.body["errors"]


async def test_what_else_is_refused(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Deleted messages, odd archive times, missing permission, too many threads."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    gone = sandbox.post(scene.channel, scene.ann, "gone")
    sandbox.delete(gone)
    assert (await open_on(http, gone)).code == 10008
    assert (await open_on(http, note, auto_archive_duration=61)).code == 50035
    sandbox.threads.active_limit = 0
    assert (await open_on(http, note)).code == 160006
    sandbox.forbid(scene.channel, Permission.CREATE_PUBLIC_THREADS)
    assert (await open_on(http, note)).code == 50013


async def test_writing_wakes_an_archived_thread(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A message in an archived thread unarchives it, unless it is locked."""
    thread = sandbox.open_thread(scene.channel, scene.ann, "thread")
    path = f"/channels/{thread.id}/messages"
    sent = await http.call("POST", path, {"content": "first"})
    sandbox.archive(thread)
    assert (await http.call("PATCH", f"{path}/{sent.body['id']}", {"content": "edit"})).code == 50083
    assert (await http.call("POST", path, {"content": "second"})).status == 200
    assert not thread.archived
    sandbox.archive(thread, locked=True)
    reply = await http.call("POST", path, {"content": "third"})
    assert (reply.status, reply.code) == (400, 50083)


async def test_writing_in_threads_needs_its_own_permission(
    sandbox: Discord, http: Http, scene: Scene
) -> None:
    """In threads SEND_MESSAGES_IN_THREADS counts, and SEND_MESSAGES does not."""
    thread = sandbox.open_thread(scene.channel, scene.ann, "thread")
    path = f"/channels/{thread.id}/messages"
    sandbox.forbid(scene.channel, Permission.SEND_MESSAGES)
    assert (await http.call("POST", path, {"content": "x"})).status == 200
    sandbox.forbid(scene.channel, Permission.SEND_MESSAGES_IN_THREADS)
    assert (await http.call("POST", path, {"content": "x"})).code == 50013


async def test_threads_are_listed_joined_and_left(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Active ones by server, archived ones by channel; membership comes and goes."""
    first = sandbox.open_thread(scene.channel, scene.ann, "first")
    second = sandbox.open_thread(scene.channel, scene.ann, "second")
    sandbox.archive(second)
    active = await http.call("GET", f"/guilds/{scene.guild.id}/threads/active")
    archived = await http.call("GET", f"/channels/{scene.channel.id}/threads/archived/public")
    assert [thread["id"] for thread in active.body["threads"]] == [str(first.id)]
    assert [thread["id"] for thread in archived.body["threads"]] == [str(second.id)]
    members = f"/channels/{first.id}/thread-members"
    assert (await http.call("PUT", members + "/@me")).status == 204
    assert len((await http.call("GET", members)).body) == 2
    assert (await http.call("DELETE", members + "/@me")).status == 204
    assert list(first.members) == [scene.ann.id]
    assert (await http.call("PUT", f"/channels/{second.id}/thread-members/@me")).code == 50083


async def test_threads_without_a_message_and_forum_posts(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A private thread stands alone; a post has its first message, with the post's id."""
    sandbox.allow(scene.channel, Permission.CREATE_PRIVATE_THREADS)
    path = f"/channels/{scene.channel.id}/threads"
    private = await http.call("POST", path, {"name": "private", "type": 12})
    assert (private.status, private.body["type"]) == (201, 12)
    forum = sandbox.add_channel(scene.guild, "forum", ChannelKind.FORUM)
    body = {"name": "title", "message": {"content": "hello"}}
    post = await http.call("POST", f"/channels/{forum.id}/threads", body)
    assert post.body["message"]["id"] == post.body["id"]
    opened = sandbox.world.channels[int(post.body["id"])]
    assert isinstance(opened, Thread)
    assert [message.content for message in opened.messages] == ["hello"]


async def test_the_first_message_points_back(sandbox: Discord, http: Http, scene: Scene) -> None:
    """A thread on a message begins with an empty one of type 21 that refers to it."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    await open_on(http, note)
    path = f"/channels/{note.id}/messages"
    await http.call("POST", path, {"content": "page"})
    page, first = (await http.call("GET", path)).body
    assert (page["content"], page["position"]) == ("page", 1)
    assert (first["type"], first["id"], first["content"]) == (21, str(note.id), "")
    assert first["referenced_message"]["content"] == "a note"
    assert note.thread is not None
    assert [message.content for message in note.thread.messages] == ["page"]


async def test_who_is_in_a_thread(sandbox: Discord, http: Http, scene: Scene) -> None:
    """10007 for who is not."""
    bob = sandbox.add_user("bob")
    sandbox.add_member(scene.guild, bob)
    thread = sandbox.open_thread(scene.channel, scene.ann, "thread")
    there = await http.call("GET", f"/channels/{thread.id}/thread-members/{scene.ann.id}")
    assert (there.status, there.body["user_id"]) == (200, str(scene.ann.id))
    missing = await http.call("GET", f"/channels/{thread.id}/thread-members/{bob.id}")
    assert (missing.status, missing.code) == (404, 10007)


async def test_a_private_thread_is_closed_to_who_is_not_in_it(
    sandbox: Discord, http: Http, scene: Scene
) -> None:
    """50001, until somebody takes the bot in, or lets it moderate."""
    thread = sandbox.open_thread(scene.channel, scene.ann, "between us", private=True)
    path = f"/channels/{thread.id}/messages"
    refused = await http.call("GET", path)
    assert (refused.status, refused.code) == (403, 50001)
    me = scene.guild.members[sandbox.me.id]
    sandbox.allow(scene.channel, Permission.MANAGE_THREADS, me)
    assert (await http.call("GET", path)).status == 200
    sandbox.forbid(scene.channel, Permission.MANAGE_THREADS, me)
    sandbox.world.join_thread(thread, sandbox.me)
    assert (await http.call("GET", path)).status == 200
