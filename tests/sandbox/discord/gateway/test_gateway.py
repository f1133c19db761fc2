"""The handshake, sharding, resuming, and what a bot without the content intent may read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Permission, Upload
from tests.sandbox.discord.clients import gateway

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Clock, Scene

WITHOUT_CONTENT = 0xFE01 & ~(1 << 15)


@pytest.mark.parametrize("compress", [False, True])
async def test_ready_then_guilds(sandbox: Discord, scene: Scene, *, compress: bool) -> None:
    """READY names the servers as unavailable; GUILD_CREATE brings channels, roles and the bot itself."""
    async with gateway(sandbox, compress=compress) as socket:
        await socket.identify(sandbox.token)
        ready = await socket.event("READY")
        assert ready["guilds"] == [{"id": str(scene.guild.id), "unavailable": True}]
        assert ready["resume_gateway_url"] == sandbox.gateway_url
        guild = await socket.event("GUILD_CREATE")
    assert [channel["id"] for channel in guild["channels"]] == [str(scene.channel.id)]
    assert [member["user"]["id"] for member in guild["members"]] == [str(sandbox.me.id)]
    assert guild["member_count"] == 3


async def test_heartbeat_is_acknowledged(sandbox: Discord) -> None:
    """Op 1 is answered with op 11, before and after IDENTIFY."""
    async with gateway(sandbox) as socket:
        await socket.send(1, None)
        assert (await socket.receive())["op"] == 11


async def test_wrong_token_closes_with_4004(sandbox: Discord) -> None:
    """A token of someone else ends the connection for good."""
    async with gateway(sandbox) as socket:
        await socket.identify("wrong")
        assert await socket.closed_with() == 4004


async def test_no_session_is_begun_while_they_are_refused(sandbox: Discord) -> None:
    """With `refuse_identify` set, IDENTIFY is answered with that close code."""
    sandbox.gateway.refuse_identify = 4011
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        assert await socket.closed_with() == 4011
    assert sandbox.gateway.identified == 0


async def test_intent_not_switched_on_closes_with_4014(sandbox: Discord) -> None:
    """A privileged intent the portal does not allow ends the connection for good."""
    sandbox.application.message_content = False
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        assert await socket.closed_with() == 4014


async def test_guilds_and_direct_messages_go_to_their_shards(sandbox: Discord) -> None:
    """Shard (id >> 22) % count has the server; direct messages arrive on shard 0 alone."""
    odd = sandbox.add_guild(guild_id=((1 << 40) + 1) << 22)
    channel = sandbox.add_channel(odd)
    ann = sandbox.add_user("ann")
    sandbox.gateway.starts.max_concurrency = 2
    async with gateway(sandbox) as zero, gateway(sandbox) as one:
        await zero.identify(sandbox.token, shard=(0, 2))
        await one.identify(sandbox.token, shard=(1, 2))
        assert (await zero.event("READY"))["guilds"] == []
        assert (await one.event("GUILD_CREATE"))["id"] == str(odd.id)
        sandbox.post(channel, odd.owner, "in the server")
        sandbox.post(sandbox.direct_channel(ann), ann, "in private")
        assert (await one.event("MESSAGE_CREATE"))["content"] == "in the server"
        assert (await zero.event("MESSAGE_CREATE"))["content"] == "in private"


@pytest.mark.parametrize("shard", [(2, 2), (-1, 2), (0, 0)])
async def test_a_shard_there_cannot_be(sandbox: Discord, shard: tuple[int, int]) -> None:
    """An impossible shard closes the connection with 4010."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token, shard=shard)
        assert await socket.closed_with() == 4010


async def test_sessions_begin_one_after_the_other(sandbox: Discord, clock: Clock) -> None:
    """One session may be begun every five seconds; a second gets op 9 and may try again on a new connection."""
    async with gateway(sandbox) as zero, gateway(sandbox) as one, gateway(sandbox) as one_again:
        await zero.identify(sandbox.token, shard=(0, 2))
        await zero.event("READY")
        clock.now += 4.9
        await one.identify(sandbox.token, shard=(1, 2))
        payload = await one.receive()
        assert (payload["op"], payload["d"]) == (9, False)
        clock.now += 0.1
        await one_again.identify(sandbox.token, shard=(1, 2))
        await one_again.event("READY")
    assert sandbox.gateway.identified == 2


async def test_resume_replays_what_was_missed(sandbox: Discord, scene: Scene) -> None:
    """A session that comes back gets, in order, the events it missed, then RESUMED."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        session = (await socket.event("READY"))["session_id"]
        await socket.event("GUILD_CREATE")
        sequence = socket.sequence
        sandbox.gateway.drop()
    for text in ("one", "two"):
        sandbox.post(scene.channel, scene.ann, text)
    async with gateway(sandbox) as socket:
        await socket.send(6, {"token": sandbox.token, "session_id": session, "seq": sequence})
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "one"
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "two"
        await socket.event("RESUMED")
    assert sandbox.gateway.resumed == 1


@pytest.mark.parametrize("why", ["refused", "gone", "too late"])
async def test_resume_ends_in_an_invalid_session(
    sandbox: Discord, clock: Clock, scene: Scene, why: str
) -> None:
    """A session refused, dropped or older than three minutes is answered with op 9."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        session = (await socket.event("READY"))["session_id"]
        sandbox.gateway.drop(resumable=why != "gone")
    assert sandbox.gateway.connected == []
    sandbox.gateway.refuse_resume = why == "refused"
    if why == "too late":
        clock.now += 200
        sandbox.post(scene.channel, scene.ann, "missed for good")
    async with gateway(sandbox) as socket:
        await socket.send(6, {"token": sandbox.token, "session_id": session, "seq": 1})
        payload = await socket.receive()
        assert (payload["op"], payload["d"]) == (9, False)


async def test_content_needs_the_intent(sandbox: Discord, scene: Scene) -> None:
    """Without the intent text and files are empty, except in mentions, replies to the bot and direct messages."""
    file = Upload("a.ogg", b"OggS")
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token, WITHOUT_CONTENT)
        await socket.event("GUILD_CREATE")
        sandbox.post(scene.channel, scene.ann, "secret", files=[file])
        hidden = await socket.event("MESSAGE_CREATE")
        assert (hidden["content"], hidden["attachments"]) == ("", [])
        sandbox.post(scene.channel, scene.ann, f"hear this {sandbox.me.mention}", files=[file])
        mention = await socket.event("MESSAGE_CREATE")
        assert mention["content"]
        assert [item["filename"] for item in mention["attachments"]] == ["a.ogg"]
        own = sandbox.post(scene.channel, sandbox.me, "mine")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "mine"
        sandbox.post(scene.channel, scene.ann, "an answer", reply_to=own)
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "an answer"
        sandbox.post(sandbox.direct_channel(scene.ann), scene.ann, "in private")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "in private"


async def test_a_forwarded_note_is_in_the_snapshot(sandbox: Discord, scene: Scene) -> None:
    """The outer message is empty; the snapshot has the attachment and the flag of a voice message."""
    note = sandbox.post_voice(scene.channel, scene.ann, b"OggS", duration=2.5)
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        sandbox.forward(note, sandbox.add_channel(scene.guild, "other"), scene.ann)
        message = await socket.event("MESSAGE_CREATE")
    assert message["attachments"] == []
    assert message["message_reference"]["type"] == 1
    (snapshot,) = message["message_snapshots"]
    assert snapshot["message"]["flags"] == 8192
    assert snapshot["message"]["attachments"][0]["duration_secs"] == 2.5


async def test_events_of_hidden_channels_are_not_sent(sandbox: Discord, scene: Scene) -> None:
    """A bot that may not view a channel hears nothing of it."""
    hidden = sandbox.add_channel(scene.guild, "hidden")
    sandbox.forbid(hidden, Permission.VIEW_CHANNEL)
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        sandbox.post(hidden, scene.ann, "psst")
        sandbox.post(scene.channel, scene.ann, "aloud")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "aloud"


async def test_asked_to_reconnect(sandbox: Discord) -> None:
    """A test can have op 7 and op 9 sent."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("READY")
        sandbox.gateway.ask_to_reconnect()
        assert (await socket.receive())["op"] == 7
        sandbox.gateway.invalidate(resumable=True)
        payload = await socket.receive()
        assert (payload["op"], payload["d"]) == (9, True)


async def test_members_on_request(sandbox: Discord, scene: Scene) -> None:
    """Op 8 brings members by id, and says who is not there."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        await socket.send(
            8, {"guild_id": str(scene.guild.id), "user_ids": [str(scene.ann.id), "5"], "limit": 0}
        )
        chunk = await socket.event("GUILD_MEMBERS_CHUNK")
    assert [member["user"]["username"] for member in chunk["members"]] == ["ann"]
    assert chunk["not_found"] == ["5"]


async def test_a_server_with_an_outage_is_not_heard_of(sandbox: Discord, scene: Scene) -> None:
    """It goes as unavailable, and comes back whole; what happened in it meanwhile nobody is told."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        sandbox.gateway.outage(scene.guild)
        assert await socket.event("GUILD_DELETE") == {"id": str(scene.guild.id), "unavailable": True}
        missed = sandbox.post(scene.channel, scene.ann, "missed")
        sandbox.gateway.recover(scene.guild)
        back = await socket.event("GUILD_CREATE")
        sandbox.post(scene.channel, scene.ann, "heard")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "heard"
    assert back["unavailable"] is False
    assert back["channels"][0]["last_message_id"] == str(missed.id)


async def test_a_server_that_is_unavailable_from_the_start(sandbox: Discord, scene: Scene) -> None:
    """READY names it; GUILD_CREATE comes when it is available."""
    sandbox.gateway.unavailable.add(scene.guild.id)
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        assert len((await socket.event("READY"))["guilds"]) == 1
        sandbox.gateway.ask_to_reconnect()
        assert (await socket.receive())["op"] == 7
        sandbox.gateway.recover(scene.guild)
        assert (await socket.event("GUILD_CREATE"))["id"] == str(scene.guild.id)


async def test_an_event_can_be_spoilt(sandbox: Discord, scene: Scene) -> None:
    """So many of that name, and no other."""
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        sandbox.gateway.spoil("MESSAGE_CREATE", lambda data: data | {"author": None})
        first = sandbox.post(scene.channel, scene.ann, "spoilt")
        sandbox.post(scene.channel, scene.ann, "sound")
        spoilt = await socket.event("MESSAGE_CREATE")
        assert (spoilt["id"], spoilt["author"]) == (str(first.id), None)
        assert (await socket.event("MESSAGE_CREATE"))["author"]["id"] == str(scene.ann.id)


async def test_reactions(sandbox: Discord, scene: Scene) -> None:
    """Who reacted comes along as a member; super reactions and a server's own emoji are told as such."""
    message = sandbox.post(scene.channel, scene.ann, "hello")
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token)
        await socket.event("GUILD_CREATE")
        sandbox.react(message, scene.ann, "🇩🇪", burst=True)
        event = await socket.event("MESSAGE_REACTION_ADD")
        assert event["member"]["user"]["id"] == str(scene.ann.id)
        assert (event["burst"], event["type"]) == (True, 1)
        assert event["emoji"] == {"id": None, "name": "🇩🇪"}
        assert event["message_author_id"] == str(scene.ann.id)
        sandbox.react(message, scene.ann, "<::123>")
        assert (await socket.event("MESSAGE_REACTION_ADD"))["emoji"] == {"id": "123", "name": None}


async def test_reactions_that_nobody_asked_for(sandbox: Discord, scene: Scene) -> None:
    """Without the intent, nothing is told of them."""
    message = sandbox.post(scene.channel, scene.ann, "hello")
    async with gateway(sandbox) as socket:
        await socket.identify(sandbox.token, intents=1 | 1 << 9)
        await socket.event("GUILD_CREATE")
        sandbox.react(message, scene.ann, "🇫🇷")
        sandbox.post(scene.channel, scene.ann, "after it")
        assert (await socket.receive())["t"] == "MESSAGE_CREATE"
