"""Notes posted while the bot was away, or lost with a session, are answered: once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot import storage
from bot.storage import Watermarks
from sandbox.discord import ChannelKind, Thread
from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord.state import Json
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


@pytest.mark.parametrize("field", ["author", "attachments"])
async def test_a_message_in_the_history_that_cannot_be_read(stage: Stage, field: str) -> None:
    """It costs itself alone: what was posted before it and after it is answered, and the next run begins after it."""
    stage.openroute.script("Heard.", times=3)
    async with stage.bot() as bot:
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        await bot.logged("note")
    before, spoilt, after = (stage.post_note() for _ in range(3))
    path = f"/channels/{stage.channel.id}/messages"
    headers = {"Authorization": f"Bot {stage.discord.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.get(f"{stage.discord.api_url}{path}") as response,
    ):
        history = await response.json()
    for message in history:
        if message["id"] == str(spoilt.id):
            message[field] = None
    stage.discord.faults.add("GET", path, times=None, body=history)
    async with stage.bot() as bot:
        await bot.logged("a message in the history can't be read")
        for note in (before, after):
            await stage.said(await stage.thread_on(note), "Heard.")
        await bot.logged("note", times=2)
    assert spoilt.thread is None
    async with storage.opened(f"sqlite:///{stage.folder}/earshot.db") as database:
        assert (await Watermarks(database).get(0) or 0) >= after.id


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
    async with storage.opened(f"sqlite:///{stage.folder}/earshot.db") as database:
        # Two hours ago.
        await Watermarks(database).put(0, old.id - (7_200_000 << 22))
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


async def test_a_server_that_becomes_available_late(stage: Stage) -> None:
    """Long after READY, and after a restart meanwhile: what was posted there before is found, and answered once."""
    stage.openroute.script("Heard.", times=4)
    other = stage.discord.add_guild("Elsewhere")
    there = stage.discord.add_channel(other, "general")
    stage.discord.add_member(other, stage.anna)
    async with stage.bot() as bot:
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note(there)), "Heard.")
        await bot.logged("note")
    missed = stage.post_note(there)
    stage.discord.gateway.unavailable.add(other.id)
    for is_last in (False, True):
        async with stage.bot() as bot:
            await bot.logged("servers that are unavailable are caught up with when they come")
            await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
            await bot.logged("note")
            if is_last:
                stage.discord.gateway.recover(other)
                await stage.said(await stage.thread_on(missed), "Heard.")
    assert len(stage.openroute.requests) == 4


async def test_a_server_that_goes_and_comes_back(stage: Stage) -> None:
    """What was posted there meanwhile is looked for, also if nobody was told of anything in it."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        stage.discord.gateway.outage(stage.guild)
        missed = stage.post_note()
        stage.discord.gateway.recover(stage.guild)
        await stage.said(await stage.thread_on(missed), "Heard.")
    assert len(stage.openroute.requests) == 2


def without(field: str) -> Callable[[Json], Json]:
    """An event without one of its fields."""
    return lambda data: {name: value for name, value in data.items() if name != field}


def null(field: str) -> Callable[[Json], Json]:
    """An event with a null in place of one of its fields."""
    return lambda data: data | {field: None}


def empty(_: Json) -> Json:
    """An event without any field."""
    return {}


@pytest.mark.parametrize(
    "spoilt", [without("author"), null("author"), null("attachments"), without("channel_id"), empty]
)
async def test_a_message_that_cannot_be_read(stage: Stage, spoilt: Callable[[Json], Json]) -> None:
    """It costs nobody else anything, and its note is found in the history soon after."""
    stage.openroute.script("Heard.", times=2)
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.gateway.spoil("MESSAGE_CREATE", spoilt)
        missed = stage.post_note()
        assert (await bot.logged("an event can't be read"))["event_name"] == "MESSAGE_CREATE"
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        await stage.said(await stage.thread_on(missed), "Heard.")
    assert len(stage.openroute.requests) == 2


async def test_several_messages_that_cannot_be_read(stage: Stage) -> None:
    """Those that come before the history is looked through are found together."""
    stage.openroute.script("Heard.", times=3)
    async with stage.bot() as bot:
        await bot.logged("ready")
        stage.discord.gateway.spoil("MESSAGE_CREATE", without("author"), times=3)
        missed = [stage.post_note() for _ in range(3)]
        for note in missed:
            await stage.said(await stage.thread_on(note), "Heard.")
    assert len(stage.openroute.requests) == 3


@pytest.mark.parametrize(
    ("event", "spoilt"),
    [
        ("GUILD_CREATE", null("channels")),
        ("MESSAGE_DELETE", without("id")),
        ("THREAD_CREATE", null("thread_metadata")),
        ("INTERACTION_CREATE", without("token")),
    ],
)
async def test_other_events_that_cannot_be_read(
    stage: Stage, event: str, spoilt: Callable[[Json], Json]
) -> None:
    """The bot goes on; what comes after them is answered."""
    stage.openroute.script("Heard.", times=3)
    stage.discord.gateway.spoil(event, spoilt)
    async with stage.bot() as bot:
        if event != "GUILD_CREATE":
            await bot.logged("ready")
        if event == "MESSAGE_DELETE":
            stage.discord.delete(stage.discord.post(stage.channel, stage.anna, "hello"))
        if event == "INTERACTION_CREATE":
            await bot.logged("ready")
            stage.discord.context_menu(stage.anna, stage.post_note(), "Transcribe")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        assert (await bot.logged("an event can't be read"))["event_name"] == event


@pytest.mark.parametrize("spoilt", [without("user"), without("session_id"), null("guilds")])
async def test_a_session_that_cannot_begin(stage: Stage, spoilt: Callable[[Json], Json]) -> None:
    """Another one is begun after a pause, and what was posted meanwhile is answered."""
    stage.openroute.script("Heard.")
    stage.discord.gateway.starts.max_concurrency = 16
    stage.discord.gateway.spoil("READY", spoilt)
    async with stage.bot() as bot:
        await bot.logged("what Discord sent can't be read")
        await bot.logged("ready")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert stage.discord.gateway.identified >= 2
