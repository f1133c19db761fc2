"""Errors of Discord, missing permissions, broken connections: notes are answered where possible, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.discord import Permission
from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage


SPEAKING = Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.CREATE_PUBLIC_THREADS


async def test_no_right_to_open_threads(stage: Stage) -> None:
    """The answer is a reply instead; the right that is missing is not tried again at each note."""
    stage.discord.forbid(stage.channel, Permission.CREATE_PUBLIC_THREADS)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot():
        note = stage.post_note()
        [answer] = await stage.said(stage.channel, "Heard.")
        stage.post_note()
        await stage.said(stage.channel, "Heard.", count=2)
    assert answer.referenced is note
    assert len([call for call in stage.discord.calls_to("POST") if call.path.endswith("/threads")]) == 1


async def test_no_right_to_speak_in_threads(stage: Stage) -> None:
    """Where the bot may not write in threads, the answer is given in the channel."""
    stage.discord.forbid(stage.channel, Permission.SEND_MESSAGES_IN_THREADS)
    stage.openroute.script("Heard.")
    async with stage.bot():
        stage.post_note()
        await stage.said(stage.channel, "Heard.")


async def test_no_right_to_speak_at_all(stage: Stage) -> None:
    """The author is told in private, once, however many notes they send."""
    stage.discord.forbid(
        stage.channel,
        Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.CREATE_PUBLIC_THREADS,
    )
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        stage.post_note()
        await bot.logged("note")
        stage.post_note()
        await bot.logged("note", times=2)
    private = stage.discord.direct_channel(stage.anna)
    [told] = stage.of_the_bot(private)
    assert "I'm not allowed to answer" in told.content


@pytest.mark.parametrize("granted_to", ["the bot in the channel", "its role", "the bot by a new role"])
async def test_the_right_to_speak_is_given_back(stage: Stage, granted_to: str) -> None:
    """When the bot may write again, by whichever role or overwrite, the next note is answered."""
    guild, me = stage.guild, stage.guild.members[stage.discord.me.id]
    for role in guild.roles:
        stage.discord.set_role(role, guild, role.permissions & ~SPEAKING)
    helpers = stage.discord.add_role(guild, "helpers", SPEAKING)
    if granted_to == "the bot in the channel":
        stage.discord.forbid(stage.channel, SPEAKING)
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        stage.post_note()
        await bot.logged("note")
        match granted_to:
            case "the bot in the channel":
                stage.discord.allow(stage.channel, SPEAKING)
            case "its role":
                [own] = me.roles
                stage.discord.set_role(own, guild, own.permissions | SPEAKING)
            case _:
                stage.discord.give_role(me, helpers)
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")


async def test_a_thread_is_unlocked(stage: Stage) -> None:
    """After a thread is unlocked, the next note in it is answered."""
    stage.openroute.script("Heard.", times=2)
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.faults.add(
            "POST", rf"/channels/{thread.id}/messages", status=403, body={"code": 160005, "message": "Locked"}
        )
        stage.post_note(thread)
        await bot.logged("note")
        stage.discord.archive(thread)
        stage.post_note(thread)
        await stage.said(thread, "Heard.")


async def test_a_locked_thread(stage: Stage) -> None:
    """A thread that is locked while the model listens: the author is told in private."""
    release = asyncio.Event()
    script = stage.openroute.script(release, "Heard.")
    async with stage.bot():
        thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
        stage.post_note(thread)
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        stage.discord.archive(thread, locked=True)
        release.set()
        await stage.said(stage.discord.direct_channel(stage.anna), "I'm not allowed to answer")


async def test_an_expired_link_is_asked_for_again(stage: Stage) -> None:
    """A link that no longer works is fetched anew through the message."""
    fault = stage.discord.faults.add(
        "GET", "/attachments/.*", status=404, body="This content is no longer available."
    )
    stage.openroute.script("Heard.")
    async with stage.bot():
        note = stage.post_note()
        await stage.said(await stage.thread_on(note), "Heard.")
    assert fault.used == 1
    assert stage.discord.calls_to("GET", f"/channels/{stage.channel.id}/messages/{note.id}")


async def test_a_download_that_stops_half_way(stage: Stage) -> None:
    """A download that breaks off is begun again."""
    fault = stage.discord.faults.add("GET", "/attachments/.*", cut_after=5000)
    stage.discord.faults.add("GET", "/attachments/.*", status=503)
    stage.openroute.script("Heard.")
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert fault.used == 1


async def test_a_file_that_is_gone(stage: Stage) -> None:
    """Both the link and a fresh one fail: the author is asked to send it again."""
    stage.discord.faults.add("GET", "/attachments/.*", status=404, times=9)
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "no longer there")


async def test_files_come_from_discord_alone(stage: Stage) -> None:
    """A host that is not Discord's is never asked for a file."""
    async with stage.bot(CDN_HOSTS="cdn.discordapp.com"):
        await stage.said(await stage.thread_on(stage.post_note()), "no longer there")
    assert stage.discord.calls_to("GET", "/attachments") == []


async def test_rest_errors_pass(stage: Stage) -> None:
    """500 from Discord at each step: still one thread and one answer."""
    stage.discord.faults.add("POST", r"/channels/\d+/messages/\d+/threads", status=500)
    stage.discord.faults.add("POST", r"/channels/\d+/messages", status=502)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Heard.")
    assert len(stage.of_the_bot(thread)) == 1


async def test_a_message_that_was_posted_but_reported_failed(stage: Stage) -> None:
    """Discord posts the answer and then says 500: the nonce keeps it from standing there twice."""
    fault = stage.discord.faults.add("POST", r"/channels/\d+/messages", status=500, after_handling=True)
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        thread = await stage.thread_on(stage.post_note())
        await bot.logged("note")
    assert fault.used == 1
    assert [message.content for message in stage.of_the_bot(thread)] == ["Heard."]


async def test_a_thread_that_was_opened_but_reported_failed(stage: Stage) -> None:
    """Discord opens the thread and then says 500: it is found and used."""
    stage.discord.faults.add("POST", r"/channels/\d+/messages/\d+/threads", status=500, after_handling=True)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Heard.")


async def test_a_deleted_note(stage: Stage) -> None:
    """A note deleted while it is worked on gets no answer anywhere."""
    release = asyncio.Event()
    script = stage.openroute.script(release, "Heard.")
    async with stage.bot() as bot:
        note = stage.post_note()
        await asyncio.wait_for(script.waiting.wait(), PATIENCE)
        stage.discord.delete(note)
        await bot.logged("stopped: the note was deleted")
        release.set()
    assert stage.of_the_bot(stage.channel) == []


async def test_a_dropped_gateway_loses_nothing(stage: Stage) -> None:
    """What is posted while the socket is down is replayed at the resume, and answered once."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        first = stage.post_note()
        await stage.said(await stage.thread_on(first), "Heard.")
        stage.discord.gateway.drop()
        second = stage.post_note()
        await stage.said(await stage.thread_on(second), "Heard.")
        await bot.logged("note", times=2)
    assert stage.discord.gateway.resumed == 1
    assert len(stage.openroute.requests) == 2


async def test_a_refused_token(stage: Stage) -> None:
    """A wrong token ends the bot with a sentence, not a traceback."""
    async with stage.starting_bot(DISCORD_TOKEN="wrong") as bot:
        assert await bot.ended() == 1
        assert "Discord refused DISCORD_TOKEN" in bot.raw
        assert "Traceback" not in bot.raw
        bot.expected_status = 1


async def test_discord_is_away_at_the_start(stage: Stage) -> None:
    """The bot says that it tries again, and ends at once when it is told to."""
    stage.discord.faults.add("GET", "/users/@me", status=503, times=99)  # discord.py itself repeats after 500
    async with stage.starting_bot() as bot:
        await bot.logged("Discord can't be reached")


async def test_a_database_that_cannot_be_used(stage: Stage) -> None:
    """A sentence instead of a traceback."""
    (stage.folder / "file").write_text("not a folder")
    async with stage.starting_bot(DATABASE_URL="sqlite:///file/earshot.db") as bot:
        assert await bot.ended() == 2
        assert "The database sqlite:///file/earshot.db can't be used" in bot.raw
        bot.expected_status = 2


def filtered(code: int, status: int = 400) -> dict[str, Any]:
    """What Discord answers when it does not take a message."""
    return {"status": status, "body": {"code": code, "message": "Message was blocked"}}


async def test_a_link_discord_calls_harmful(stage: Stage) -> None:
    """The answer is posted without the link, in the thread."""
    stage.discord.world.harmful_links.add("evil.example")
    stage.openroute.script("Buy it at https://evil.example/offer today.")
    async with stage.bot() as bot:
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Buy it at [link] today.")
        assert (await bot.logged("note"))["outcome"] == "posted"


@pytest.mark.parametrize(
    ("code", "status"), [(200000, 400), (50035, 400), (50006, 400), (40005, 413), (200000, 403)]
)
async def test_words_discord_does_not_take(stage: Stage, code: int, status: int) -> None:
    """The answer is posted as a file, in the thread; the next one as ever."""
    fault = stage.discord.faults.add("POST", r"/channels/\d+/messages", **filtered(code, status))
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        thread = await stage.thread_on(stage.post_note())
        [answer] = await stage.said(thread, "file")
        assert answer.attachments[0].data == b"Heard.\n"
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        await bot.logged("note", times=2)
    assert fault.used == 1


async def test_an_answer_that_is_taken_nowhere_in_public(stage: Stage) -> None:
    """It comes in private, and nothing is left of the thread; the note is not answered again by another run."""
    stage.discord.allow(stage.channel, Permission.MANAGE_THREADS)
    stage.openroute.script("Heard.")
    private = stage.discord.direct_channel(stage.anna)
    async with stage.bot() as bot:
        stage.discord.faults.add(
            "POST", rf"/channels/(?!{private.id})\d+/messages", times=None, **filtered(240000)
        )
        note = stage.post_note()
        await stage.said(private, "Heard.")
        assert (await bot.logged("note"))["outcome"] == "posted"
    assert note.thread is None or note.thread.deleted
    async with stage.bot() as bot:
        await bot.logged("ready")
    assert len([message for message in stage.of_the_bot(private) if message.content == "Heard."]) == 1


async def test_an_answer_that_is_taken_nowhere(stage: Stage) -> None:
    """The log tells so, in a line without a traceback; the note is finished."""
    stage.discord.faults.add("POST", r"/channels/\d+/messages", times=None, **filtered(50035))
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        stage.post_note()
        line = await bot.logged("note")
    assert (line["outcome"], line["error"]) == ("failed", "answer_refused: code 50035")


async def test_a_page_that_takes_no_more_edits(stage: Stage) -> None:
    """“I keep trying” can't be edited any more: the answer is a new message, and that one is gone."""
    outage = stage.openroute.faults.add("POST", "/chat/completions", status=503, times=None)
    stage.openroute.script("Heard.")
    async with stage.bot():
        thread = await stage.thread_on(stage.post_note())
        [waiting] = await stage.said(thread, "I keep trying")
        stage.discord.faults.add("PATCH", r"/channels/\d+/messages/\d+", times=None, **filtered(30046, 429))
        stage.openroute.faults.clear()
        await stage.said(thread, "Heard.")
    assert outage.used > 0
    assert waiting.deleted
    assert [message.content for message in stage.of_the_bot(thread)] == ["Heard."]


@pytest.mark.parametrize(
    "body", [{"code": 40333, "message": "internal network error"}, {"code": 0, "message": "403"}]
)
async def test_a_403_that_is_no_permission(stage: Stage, body: object) -> None:
    """What stands in front of Discord refuses for a while: the answer waits, nobody is told of permissions."""
    stage.discord.faults.add("POST", r"/channels/\d+/messages/\d+/threads", status=403, body=body)
    stage.discord.faults.add("POST", r"/channels/\d+/messages", status=403, body=body)
    stage.openroute.script("Heard.")
    async with stage.bot():
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert stage.of_the_bot(stage.discord.direct_channel(stage.anna)) == []


async def test_a_thread_in_which_the_bot_may_not_write(stage: Stage) -> None:
    """It is taken back: archived, where it may not be deleted."""
    stage.discord.forbid(stage.channel, Permission.SEND_MESSAGES_IN_THREADS)
    stage.openroute.script("Heard.")
    async with stage.bot():
        note = stage.post_note()
        await stage.said(stage.channel, "Heard.")
    assert note.thread is not None
    assert note.thread.archived
