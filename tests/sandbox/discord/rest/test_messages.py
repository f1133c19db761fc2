"""Sending, reading, editing and deleting messages over bare HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp
import pytest

from sandbox.discord import ChannelKind, Permission

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Clock, Http, Json, Scene


NOBODY: Json = {"parse": []}


def messages(scene: Scene) -> str:
    """The path of the channel's messages."""
    return f"/channels/{scene.channel.id}/messages"


async def test_a_wrong_token_is_refused(http: Http) -> None:
    """401 in Discord's words."""
    reply = await http.call("GET", "/users/@me", token="wrong")
    assert (reply.status, reply.body) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_unknown_things(http: Http, scene: Scene) -> None:
    """Channels and messages that do not exist have codes of their own."""
    unknown_channel = await http.call("GET", "/channels/5/messages")
    unknown_message = await http.call("GET", messages(scene) + "/5")
    assert (unknown_channel.status, unknown_channel.code) == (404, 10003)
    assert (unknown_message.status, unknown_message.code) == (404, 10008)


@pytest.mark.parametrize("character", ["x", "\u20ac", "\U0001f600"], ids=["ascii", "bmp", "beyond"])
async def test_content_has_a_limit(http: Http, scene: Scene, character: str) -> None:
    """2001 code points, white space included, are refused with the field named; 2000 pass, however long their bytes."""
    reply = await http.call("POST", messages(scene), {"content": character * 2000 + " "})
    assert (reply.status, reply.code) == (400, 50035)
    (error,) = reply.body["errors"]["content"]["_errors"]
    assert error["code"] == "BASE_TYPE_MAX_LENGTH"
    sent = await http.call("POST", messages(scene), {"content": character * 2000})
    assert (sent.status, sent.body["content"]) == (200, character * 2000)


@pytest.mark.parametrize("content", ["", "  \n ", None])
async def test_nothing_cannot_be_sent(http: Http, scene: Scene, content: str | None) -> None:
    """A message of white space alone is refused as empty."""
    reply = await http.call("POST", messages(scene), {"content": content})
    assert (reply.status, reply.code) == (400, 50006)


@pytest.mark.parametrize(("kind", "code"), [("harmful_links", 240000), ("blocked_words", 200000)])
async def test_filters(http: Http, sandbox: Discord, scene: Scene, kind: str, code: int) -> None:
    """What holds a refused text is neither posted nor edited to; what does not, is."""
    getattr(sandbox.world, kind).add("evil.example")
    bad = {"content": "See https://evil.example/a."}
    assert (await http.call("POST", messages(scene), bad)).code == code
    posted = await http.call("POST", messages(scene), {"content": "See."})
    reply = await http.call("PATCH", f"{messages(scene)}/{posted.body['id']}", bad)
    assert (reply.status, reply.code) == (400, code)
    assert [message.content for message in scene.channel.messages] == ["See."]


async def test_old_messages_take_few_edits(http: Http, sandbox: Discord, clock: Clock, scene: Scene) -> None:
    """Within an hour any number, and then so many of all messages."""
    sandbox.world.old_edits = 1
    posted = await http.call("POST", messages(scene), {"content": "one"})
    page = f"{messages(scene)}/{posted.body['id']}"
    clock.now += 3600
    assert (await http.call("PATCH", page, {"content": "two"})).status == 200
    clock.now += 1
    assert (await http.call("PATCH", page, {"content": "three"})).status == 200
    reply = await http.call("PATCH", page, {"content": "four"})
    assert (reply.status, reply.code) == (429, 30046)


async def test_the_same_nonce_gives_the_first_message(http: Http, clock: Clock, scene: Scene) -> None:
    """The same nonce within minutes gives the first message if it is enforced; otherwise there are two messages."""
    body = {"content": "once", "nonce": "note-1-page-1", "enforce_nonce": True}
    first = await http.call("POST", messages(scene), body)
    again = await http.call("POST", messages(scene), body | {"content": "twice"})
    assert (again.body["id"], again.body["content"]) == (first.body["id"], "once")
    assert again.body["nonce"] == "note-1-page-1"
    assert "nonce" not in (await http.call("GET", messages(scene) + "/" + first.body["id"])).body
    unenforced = await http.call("POST", messages(scene), body | {"enforce_nonce": False})
    clock.now += 600
    later = await http.call("POST", messages(scene), body)
    assert len({first.body["id"], unenforced.body["id"], later.body["id"]}) == 3


async def test_a_nonce_is_used_up_though_its_message_is_deleted(
    sandbox: Discord, http: Http, scene: Scene
) -> None:
    """What counts is that it was sent: no new one is created, and the old one does not come back."""
    body = {"content": "once", "nonce": "note-1-page-1", "enforce_nonce": True}
    first = await http.call("POST", messages(scene), body)
    sandbox.delete(scene.channel.messages[0])
    again = await http.call("POST", messages(scene), body)
    assert again.body["id"] == first.body["id"]
    assert scene.channel.messages == []
    elsewhere = sandbox.add_channel(scene.guild, "elsewhere")
    other = await http.call("POST", f"/channels/{elsewhere.id}/messages", body)
    assert other.body["id"] != first.body["id"]


async def test_a_nonce_has_a_limit(http: Http, scene: Scene) -> None:
    """26 characters are too many."""
    reply = await http.call("POST", messages(scene), {"content": "x", "nonce": "n" * 26})
    assert (reply.status, reply.code) == (400, 50035)
    assert "nonce" in reply.body["errors"]


async def test_a_file_comes_back_from_the_cdn(http: Http, scene: Scene) -> None:
    """A multipart upload is a message with an attachment whose link serves the same bytes."""
    form = aiohttp.FormData(quote_fields=False)
    attachments = [{"id": "0", "filename": "answer.txt", "description": "all of it"}]
    form.add_field("payload_json", json.dumps({"content": "see", "attachments": attachments}))
    form.add_field("files[0]", b"the answer", filename="answer.txt", content_type="text/plain")
    reply = await http.call("POST", messages(scene), form=form)
    (attachment,) = reply.body["attachments"]
    assert (attachment["filename"], attachment["size"]) == ("answer.txt", 10)
    assert attachment["description"] == "all of it"
    assert await http.fetch(attachment["url"]) == (200, b"the answer")


async def test_what_is_seen_in_a_file_has_a_limit(http: Http, scene: Scene) -> None:
    """1025 characters are too many."""
    form = aiohttp.FormData(quote_fields=False)
    attachments = [{"id": "0", "filename": "a.png", "description": "d" * 1025}]
    form.add_field("payload_json", json.dumps({"content": "see", "attachments": attachments}))
    form.add_field("files[0]", b"picture", filename="a.png", content_type="image/png")
    reply = await http.call("POST", messages(scene), form=form)
    assert (reply.status, reply.code) == (400, 50035)


async def test_mentions_obey_allowed_mentions(http: Http, scene: Scene) -> None:
    """A text that mentions someone mentions nobody when nothing is allowed."""
    body: Json = {"content": f"hello {scene.ann.mention}"}
    loud = await http.call("POST", messages(scene), body)
    quiet = await http.call("POST", messages(scene), body | {"allowed_mentions": NOBODY})
    assert [user["id"] for user in loud.body["mentions"]] == [str(scene.ann.id)]
    assert quiet.body["mentions"] == []


async def test_a_reply_has_its_target(sandbox: Discord, http: Http, scene: Scene) -> None:
    """The target comes along, and its author is mentioned unless that is not allowed; a lost one is an error."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    body: Json = {"content": "yes", "message_reference": {"message_id": str(note.id)}}
    reply = await http.call("POST", messages(scene), body)
    assert reply.body["type"] == 19
    assert reply.body["referenced_message"]["id"] == str(note.id)
    assert [user["id"] for user in reply.body["mentions"]] == [str(scene.ann.id)]
    quiet = await http.call("POST", messages(scene), body | {"allowed_mentions": NOBODY})
    assert quiet.body["mentions"] == []
    sandbox.delete(note)
    lost = await http.call("POST", messages(scene), body)
    assert (lost.status, lost.code) == (400, 50035)
    lenient = {"message_id": str(note.id), "fail_if_not_exists": False}
    assert (await http.call("POST", messages(scene), body | {"message_reference": lenient})).status == 200


async def test_history_pages(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Newest first; after an id, the oldest ones that follow it."""
    posted = [str(sandbox.post(scene.channel, scene.ann, str(number)).id) for number in range(5)]

    async def page(query: str) -> list[int]:
        reply = await http.call("GET", messages(scene) + query)
        return [posted.index(message["id"]) for message in reply.body]

    assert await page("") == [4, 3, 2, 1, 0]
    assert await page("?limit=2") == [4, 3]
    assert await page(f"?limit=2&after={posted[0]}") == [2, 1]
    assert await page(f"?limit=2&before={posted[3]}") == [2, 1]
    assert await page(f"?limit=3&around={posted[2]}") == [3, 2, 1]
    assert (await http.call("GET", messages(scene) + "?limit=101")).code == 50035


@pytest.mark.parametrize(
    "allowed",
    [
        None,
        {"parse": ["users"]},
        {"parse": [], "users": ["5"]},
        {"parse": [], "roles": ["5"]},
        {"parse": [], "replied_user": True},
    ],
)
async def test_what_could_ping_is_noted(
    sandbox: Discord, http: Http, scene: Scene, allowed: Json | None
) -> None:
    """Sent or edited, though it names nobody; what forbids every ping is not, nor an edit that leaves the text."""
    quiet: Json = {"content": "quiet", "allowed_mentions": {"parse": [], "users": [], "replied_user": False}}
    path = f"{messages(scene)}/{(await http.call('POST', messages(scene), quiet)).body['id']}"
    await http.call("PATCH", path, {"flags": 4})
    assert sandbox.could_ping == []
    loud: Json = {"content": "loud"} | ({"allowed_mentions": allowed} if allowed else {})
    await http.call("POST", messages(scene), loud)
    await http.call("PATCH", path, loud | {"content": "louder"})
    assert sandbox.could_ping == ["loud", "louder"]


async def test_an_answer_is_seen_to_grow(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Each edit is a version with its time; only the author may edit."""
    sent = await http.call("POST", messages(scene), {"content": "It"})
    edited = await http.call("PATCH", f"{messages(scene)}/{sent.body['id']}", {"content": "It grows"})
    assert edited.body["edited_timestamp"] is not None
    assert scene.channel.messages[0].versions == ["It", "It grows"]
    theirs = sandbox.post(scene.channel, scene.ann, "mine")
    refused = await http.call("PATCH", f"{messages(scene)}/{theirs.id}", {"content": "yours"})
    assert (refused.status, refused.code) == (403, 50005)


async def test_deleting(sandbox: Discord, http: Http, scene: Scene) -> None:
    """The bot deletes its own messages always, and others' with MANAGE_MESSAGES."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    path = f"{messages(scene)}/{note.id}"
    assert (await http.call("DELETE", path)).code == 50013
    sandbox.allow(scene.channel, Permission.MANAGE_MESSAGES)
    assert (await http.call("DELETE", path)).status == 204
    assert note.deleted
    several = [sandbox.post(scene.channel, scene.ann, text) for text in "abc"]
    body = {"messages": [str(message.id) for message in several]}
    assert (await http.call("POST", messages(scene) + "/bulk-delete", body)).status == 204
    assert scene.channel.messages == []


async def test_permissions_are_asked_for(sandbox: Discord, http: Http, scene: Scene) -> None:
    """50001 where the bot may not look, 50013 where it may not write or attach."""
    sandbox.forbid(scene.channel, Permission.ATTACH_FILES)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files[0]", b"x", filename="a.txt")
    assert (await http.call("POST", messages(scene), form=form)).code == 50013
    sandbox.forbid(scene.channel, Permission.SEND_MESSAGES)
    assert (await http.call("POST", messages(scene), {"content": "x"})).code == 50013
    assert (await http.call("POST", f"/channels/{scene.channel.id}/typing")).code == 50013
    sandbox.forbid(scene.channel, Permission.READ_MESSAGE_HISTORY)
    sandbox.post(scene.channel, scene.ann, "unread")
    assert (await http.call("GET", messages(scene))).body == []
    sandbox.forbid(scene.channel, Permission.VIEW_CHANNEL)
    reply = await http.call("POST", messages(scene), {"content": "x"})
    assert (reply.status, reply.code) == (403, 50001)


async def test_a_forwarded_message_stays_as_it_was(sandbox: Discord, http: Http, scene: Scene) -> None:
    """The snapshot keeps what was forwarded when the original is edited; forwarding it again, too."""
    original = sandbox.post(scene.channel, scene.ann, "before")
    forwarded = sandbox.forward(original, scene.channel, scene.ann)
    sandbox.edit(original, "after")
    again = sandbox.forward(forwarded, scene.channel, scene.ann)
    for message in (forwarded, again):
        body = (await http.call("GET", f"{messages(scene)}/{message.id}")).body
        assert [item["message"]["content"] for item in body["message_snapshots"]] == ["before"]


async def test_content_needs_the_portal_switch(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Without the switch REST, too, empties messages that do not concern the bot."""
    note = sandbox.post_voice(scene.channel, scene.ann, b"OggS", duration=1)
    path = f"{messages(scene)}/{note.id}"
    assert len((await http.call("GET", path)).body["attachments"]) == 1
    sandbox.application.message_content = False
    assert (await http.call("GET", path)).body["attachments"] == []


async def test_reactions_and_typing(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Both are seen by people; a reaction comes and goes."""
    note = sandbox.post(scene.channel, scene.ann, "a note")
    mine = f"{messages(scene)}/{note.id}/reactions/%F0%9F%91%82/@me"
    assert (await http.call("PUT", mine)).status == 204
    assert note.reactions == {"\N{EAR}": [sandbox.me]}
    assert (await http.call("GET", f"{messages(scene)}/{note.id}")).body["reactions"][0]["me"] is True
    assert (await http.call("DELETE", mine)).status == 204
    assert note.reactions == {}
    assert (await http.call("POST", f"/channels/{scene.channel.id}/typing")).status == 204
    assert [typing.user for typing in scene.channel.typing] == [sandbox.me]


async def test_a_forum_takes_no_messages(sandbox: Discord, http: Http, scene: Scene) -> None:
    """Posts are threads; the forum itself is no text channel."""
    forum = sandbox.add_channel(scene.guild, "forum", ChannelKind.FORUM)
    reply = await http.call("POST", f"/channels/{forum.id}/messages", {"content": "x"})
    assert (reply.status, reply.code) == (400, 50008)


async def test_someone_who_takes_no_direct_messages(sandbox: Discord, http: Http, scene: Scene) -> None:
    """The direct channel opens, but sending is refused."""
    opened = await http.call("POST", "/users/@me/channels", {"recipient_id": str(scene.ann.id)})
    assert opened.body["id"] == str(sandbox.direct_channel(scene.ann).id)
    sandbox.world.refuse_direct_messages.add(scene.ann.id)
    reply = await http.call("POST", f"/channels/{opened.body['id']}/messages", {"content": "x"})
    assert (reply.status, reply.code) == (403, 50007)
