"""Notes posted while the bot was away, or lost with a session, are answered: once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.storage import Watermarks, database
from sandbox.discord import ChannelKind, Thread
from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage


async def test_notes_posted_between_two_runs(stage: Stage) -> None:
    """In channels, voice chat and threads; what was answered before is not answered again."""
    stage.openroute.script("Heard.", times=4)
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
    async with stage.bot() as bot:
        await bot.logged("ready")
        before = stage.post_note()
        await stage.said(await stage.thread_on(before), "Heard.")
        await bot.logged("note")
    missed = [stage.post_note(), stage.post_note()]
    stage.post_note(thread)
    async with stage.bot() as bot:
        for note in missed:
            await stage.said(await stage.thread_on(note), "Heard.")
        await stage.said(thread, "Heard.")
        await bot.logged("caught up")
    assert len(stage.openroute.requests) == 4
    # The bot was away too shortly for a thread to be archived, so archived ones are not listed.
    assert not [call for call in stage.discord.calls if "/threads/archived" in call.path]


async def test_threads_archived_between_two_runs(stage: Stage) -> None:
    """What was posted in them while the bot was away is found after a long while, in forums too."""
    forum = stage.discord.add_channel(stage.guild, "questions", ChannelKind.FORUM)
    stage.openroute.script("Heard.", times=2)
    thread = stage.discord.open_thread(stage.channel, stage.anna, "planning")
    post = stage.discord.open_post(forum, stage.anna, "A question", "Who knows?").channel
    quiet = stage.discord.open_thread(stage.channel, stage.anna, "quiet")
    old = stage.discord.post(quiet, stage.anna, "hello")
    async with stage.bot() as bot:
        await bot.logged("ready")
    async with database.opened(f"sqlite:///{stage.folder}/earshot.db") as engine:
        # Two hours ago.
        await Watermarks(engine).put(0, old.id - (7_200_000 << 22))
    for place in (thread, post):
        stage.post_note(place)
    for place in (thread, post, quiet):
        assert isinstance(place, Thread)
        stage.discord.archive(place)
    async with stage.bot():
        for place in (thread, post):
            await stage.said(place, "Heard.")
    assert len(stage.openroute.requests) == 2


async def test_a_session_that_cannot_be_resumed(stage: Stage) -> None:
    """Three notes are posted while the socket is down and Discord refuses to resume: each is answered once."""
    stage.openroute.script("Heard.", times=4)
    async with stage.bot() as bot:
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        stage.discord.gateway.refuse_resume = True
        stage.discord.gateway.drop(resumable=False)
        missed = [stage.post_note() for _ in range(3)]
        for note in missed:
            await stage.said(await stage.thread_on(note), "Heard.")
        await bot.logged("note", times=4)
    assert len(stage.openroute.requests) == 4


async def test_direct_messages_are_caught_up_with(stage: Stage) -> None:
    """Notes in direct messages are caught up with if the person has sent one before; other channels can't be listed."""
    stage.openroute.script("Heard.", times=2)
    private = stage.discord.direct_channel(stage.anna)
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.post_note(private)
        await stage.said(private, "Heard.")
        await bot.logged("note")
    stage.post_note(private)
    async with stage.bot() as bot:
        await stage.said(private, "Heard.", count=2)
        await bot.logged("caught up")
    assert len(stage.openroute.requests) == 2


async def test_no_further_back_than_allowed(stage: Stage) -> None:
    """`CATCH_UP_HOURS=0` looks for nothing; the next note is heard as ever."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        await bot.logged("ready")
    missed = stage.post_note()
    async with stage.bot(CATCH_UP_HOURS="0") as bot:
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert missed.thread is None


async def test_the_first_run_leaves_the_past_alone(stage: Stage) -> None:
    """A bot that is new in a server does not answer what was posted before it came."""
    old = stage.post_note()
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert old.thread is None
    await stage.openroute.wait_for(lambda: len(stage.openroute.requests) == 1, PATIENCE)
