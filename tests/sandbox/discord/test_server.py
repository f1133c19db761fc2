"""The real discord.py against the stand-in, from login to the loss of its connection."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord
import pytest

from tests.sandbox.discord.clients import running

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Clock, Scene


async def test_a_note_is_answered_in_a_thread(sandbox: Discord, scene: Scene) -> None:
    """The client hears a voice message, opens a thread, types, answers with a file and edits."""
    async with running(sandbox) as bot:
        note = sandbox.post_voice(scene.channel, scene.ann, b"OggS", duration=3.5)
        heard = await bot.heard.get()
        assert heard.flags.voice
        assert heard.attachments[0].duration == 3.5
        assert await heard.attachments[0].read() == b"OggS"
        thread = await heard.create_thread(name="An answer", auto_archive_duration=60)
        async with thread.typing():
            page = await thread.send("It", file=discord.File(io.BytesIO(b"all of it"), "answer.txt"))
        await page.edit(content="It grows")
        seen = await sandbox.wait_for(lambda: note.thread and note.thread.messages)
        assert note.thread is not None
        assert seen[0].versions == ["It", "It grows"]
        assert seen[0].attachments[0].data == b"all of it"
        assert len(note.thread.typing) == 1
        assert [call.status for call in sandbox.calls_to("POST", f"/channels/{note.thread.id}")] == [204, 200]


async def test_nothing_is_lost_when_the_connection_is(sandbox: Discord, scene: Scene) -> None:
    """The client resumes by itself and hears what was posted meanwhile."""
    async with running(sandbox) as bot:
        sandbox.gateway.drop()
        sandbox.post(scene.channel, scene.ann, "meanwhile")
        await sandbox.wait_for(lambda: sandbox.gateway.resumed)
        sandbox.post(scene.channel, scene.ann, "after")
        assert [(await bot.heard.get()).content for _ in range(2)] == ["meanwhile", "after"]


async def test_a_lost_session_is_begun_anew(sandbox: Discord, scene: Scene, clock: Clock) -> None:
    """When the session is gone the client identifies again, and what was posted meanwhile is in the history."""
    async with running(sandbox) as bot:
        sandbox.gateway.drop(resumable=False)
        sandbox.post(scene.channel, scene.ann, "meanwhile")
        clock.now += 5
        await sandbox.wait_for(lambda: sandbox.gateway.identified == 2, timeout=20)
        await bot.wait_until_ready()
        channel = bot.get_channel(scene.channel.id)
        assert isinstance(channel, discord.TextChannel)
        assert [message.content async for message in channel.history()] == ["meanwhile"]
        assert bot.heard.empty()


async def test_an_intent_that_is_off(sandbox: Discord) -> None:
    """Without the intent in the portal discord.py raises PrivilegedIntentsRequired (close code 4014)."""
    sandbox.application.message_content = False
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(sandbox):
            pass


async def test_errors_arrive_as_the_library_expects(sandbox: Discord, scene: Scene) -> None:
    """Refusals are Forbidden, NotFound and HTTPException with their codes."""
    async with running(sandbox) as bot:
        sandbox.post(scene.channel, scene.ann, "a note")
        message = await bot.heard.get()
        await message.create_thread(name="first")
        with pytest.raises(discord.HTTPException) as exists:
            await message.create_thread(name="second")
        assert exists.value.code == 160004
        with pytest.raises(discord.NotFound):
            await message.channel.fetch_message(5)
        with pytest.raises(discord.Forbidden):
            await message.edit(content="yours")
        with pytest.raises(discord.HTTPException, match=r"Must be 2000 or fewer in length") as long:
            await message.channel.send("x" * 2001)
        assert long.value.code == 50035


async def test_the_library_waits_out_a_rate_limit(sandbox: Discord, scene: Scene) -> None:
    """discord.py takes the 429 for a rate limit, waits and tries again."""
    async with running(sandbox) as bot:
        sandbox.faults.add(
            "POST",
            rf"/channels/{scene.channel.id}/messages",
            status=429,
            body={"message": "You are being rate limited.", "retry_after": 0.01, "global": False},
            headers={"Via": "1.1 google"},
        )
        channel = bot.get_partial_messageable(scene.channel.id)
        await channel.send("after all")
        assert [call.status for call in sandbox.calls_to("POST")] == [429, 200]


async def test_an_answer_lost_on_the_way_makes_no_duplicate(sandbox: Discord, scene: Scene) -> None:
    """A message is sent but answered with 502: discord.py's second try gets the same message."""
    async with running(sandbox) as bot:
        sandbox.faults.add("POST", r"/channels/\d+/messages", status=502, after_handling=True)
        sent = await bot.get_partial_messageable(scene.channel.id).send("once")
        assert [message.id for message in scene.channel.messages] == [sent.id]
        assert [call.status for call in sandbox.calls_to("POST")] == [502, 200]


async def test_servers_come_and_go(sandbox: Discord) -> None:
    """The client learns of an invitation and of being thrown out."""
    async with running(sandbox) as bot:
        guild = sandbox.add_guild("new", bot=None)
        sandbox.invite_bot(guild)
        joined = await bot.wait_for("guild_join", timeout=5)
        assert joined.id == guild.id
        sandbox.remove_bot(guild)
        assert (await bot.wait_for("guild_remove", timeout=5)).id == guild.id
