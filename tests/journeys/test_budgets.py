"""Budgets: what is used up is not overdrawn by however many at once, opens again by itself, and is told once."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sqlite3
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot import storage
from bot.budgets import Entry, Period
from bot.storage.schema import usage as table
from bot.storage.usage import Settlement, UsageRows
from sandbox.discord import Upload
from tests.fixtures_database import rows_of
from tests.journeys.controls import ask, press
from tests.journeys.stage import PATIENCE, SAMPLE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from bot.storage import Database
    from sandbox.discord import Message, User
    from tests.journeys.stage import Stage

MEMO = Upload("memo.ogg", SAMPLE.read_bytes(), "audio/ogg")
NOTE_SECONDS = 11.6
"""At least as long as the sample is when it is read, which is a little more than Discord says."""
OPENS = re.compile(r"<t:(\d+):R>")


def minutes(notes: float) -> str:
    """As long as so many of the sample."""
    return str((notes * NOTE_SECONDS) / 60)


@pytest.fixture
def ben(stage: Stage) -> User:
    """Somebody else."""
    person = stage.discord.add_user("ben")
    stage.discord.add_member(stage.guild, person)
    return person


@asynccontextmanager
async def opened(stage: Stage, url: str | None = None) -> AsyncGenerator[Database]:
    """The bot's database, while no bot has it."""
    async with storage.opened(url or f"sqlite:///{stage.folder}/earshot.db") as database:
        yield database


async def written(stage: Stage, url: str | None = None) -> Sequence[Any]:
    """What was paid for."""
    async with opened(stage, url) as database:
        return await rows_of(database, sa.select(table).order_by(table.c.id))


async def used_before(stage: Stage, when: float, seconds: float, *, person: User | None = None) -> None:
    """Somebody has used something at a time (seconds since 1970), before the bot starts."""
    entry = Entry(
        guild_id=stage.guild.id,
        channel_id=stage.channel.id,
        speaker_id=None,
        asked_by=(person or stage.anna).id,
        ask="listened",
    )
    async with opened(stage) as database:
        settlement = Settlement(seconds=seconds, tokens=100, cost=0.001, model="a/b")
        await UsageRows(database).settle(None, entry, when, settlement)


def opens_at(message: Message | str) -> int:
    """When it goes on, by what people read."""
    found = OPENS.search(message if isinstance(message, str) else message.content)
    assert found
    return int(found[1])


def tomorrow() -> float:
    """The next midnight in UTC."""
    return Period.DAY.around(time.time())[1]


def a_day_passes(stage: Stage) -> None:
    """What was used is of the day before, while the bot runs."""
    with contextlib.closing(sqlite3.connect(stage.folder / "earshot.db")) as beside, beside:
        beside.execute("UPDATE usage SET reserved_at = reserved_at - 86400")


async def test_a_persons_day(stage: Stage, ben: User) -> None:
    """It is told once under their notes, and each time to who asks; other people have days of their own."""
    stage.openroute.script("Heard.", times=4)
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES=minutes(2)) as bot:
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        thread = await stage.thread_on(stage.post_note())
        [answer] = await stage.said(thread, "Heard.")
        over = await stage.thread_on(stage.post_note())
        [told] = await stage.said(over, "You have used up")
        assert opens_at(told) == tomorrow()
        silent = stage.post_note()
        await bot.logged("note", times=4)
        assert silent.thread is None

        await stage.discord.wait_for(lambda: answer.components, PATIENCE)
        press(stage, answer, "Summary")
        await stage.said(thread, "You have used up", count=2)
        await ask(stage, answer, "What is he to buy?")
        await stage.said(thread, "You have used up", count=3)
        stage.discord.post(thread, stage.anna, f"{stage.discord.me.mention} how much?")
        await stage.said(thread, "You have used up", count=4)
        menu = await stage.discord.context_menu(stage.anna, silent, "Transcribe").answered(PATIENCE)
        assert opens_at(menu) == tomorrow()
        own = await stage.discord.slash(stage.anna, stage.channel, "transcribe", file=MEMO).answered(PATIENCE)
        assert opens_at(own) == tomorrow()

        await stage.said(await stage.thread_on(stage.post_note(author=ben)), "Heard.")
        theirs = await stage.discord.context_menu(ben, silent, "Transcribe").answered(PATIENCE)
        assert "Heard." in theirs.content
    assert len(stage.openroute.requests) == 4
    rows = await written(stage)
    assert [(row.state, row.asked_by) for row in rows] == [
        ("settled", stage.anna.id),
        ("settled", stage.anna.id),
        ("settled", ben.id),
        ("settled", ben.id),
    ]
    assert all(row.cost and row.tokens for row in rows)


async def test_what_is_used_up_opens_again(stage: Stage) -> None:
    """The next day, the button under the sentence brings the answer."""
    await used_before(stage, time.time(), NOTE_SECONDS)
    stage.openroute.script("Heard.")
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES=minutes(1.5)):
        thread = await stage.thread_on(stage.post_note())
        [told] = await stage.said(thread, "You have used up")
        await stage.discord.wait_for(lambda: told.components, PATIENCE)
        press(stage, told, "Try again")
        await stage.said(thread, "You have used up")
        a_day_passes(stage)
        press(stage, told, "Try again")
        await stage.said(thread, "Heard.")


async def test_a_servers_day_and_month(stage: Stage, ben: User) -> None:
    """Yesterday counts to the month, and the month before to nothing."""
    now = time.time()
    month = Period.MONTH.around(now)[0]
    yesterday = Period.DAY.around(now)[0] - 1
    await used_before(stage, month - 1, 1e6)
    await used_before(stage, max(yesterday, month), NOTE_SECONDS, person=ben)
    stage.openroute.script("Heard.", times=2)
    in_month = minutes(2)
    async with stage.bot(BUDGET_SERVER_MONTH_MINUTES=in_month, BUDGET_SERVER_DAY_MINUTES=minutes(2)):
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        [told] = await stage.said(
            await stage.thread_on(stage.post_note(author=ben)), "This server has used up"
        )
        assert opens_at(told) == Period.MONTH.around(time.time())[1]
        direct = stage.discord.direct_channel(stage.anna)
        stage.post_note(direct)
        await stage.said(direct, "Heard.")


async def test_a_server_sets_itself_less(stage: Stage, ben: User) -> None:
    """From the next note on; what it sets for a person is about that server."""
    elsewhere = stage.discord.add_guild("Elsewhere")
    stage.discord.add_member(elsewhere, stage.anna)
    other = stage.discord.add_channel(elsewhere, "general")
    stage.openroute.script("Heard.", times=3)
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES=minutes(5)) as bot:
        await bot.logged("ready")
        owner = stage.guild.owner
        changed = stage.discord.slash(
            owner, stage.channel, "settings set", name="person-minutes", value=minutes(1)
        )
        await changed.answered(PATIENCE)
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        [told] = await stage.said(await stage.thread_on(stage.post_note()), "You have used up")
        assert opens_at(told) == tomorrow()
        await stage.said(await stage.thread_on(stage.post_note(author=ben)), "Heard.")
        await stage.said(await stage.thread_on(stage.post_note(other)), "Heard.")


async def test_the_whole_bots_cost(stage: Stage) -> None:
    """When it is used up, it is for everybody."""
    await used_before(stage, time.time(), 1.0)
    async with stage.bot(BUDGET_MONTH_COST="0.001"):
        [told] = await stage.said(await stage.thread_on(stage.post_note()), "I have used up")
    assert opens_at(told) == Period.MONTH.around(time.time())[1]
    assert stage.openroute.requests == []


async def test_files_of_unknown_length(stage: Stage) -> None:
    """They are read before it is known what they need, but not sent if there is not so much left."""
    stage.openroute.script("Heard.")
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES=minutes(1.5)) as bot:
        first = stage.discord.post(stage.channel, stage.anna, files=[MEMO])
        await stage.said(await stage.thread_on(first), "Heard.")
        second = stage.discord.post(stage.channel, stage.anna, files=[MEMO])
        await stage.said(await stage.thread_on(second), "You have used up")
        await bot.logged("note", times=2)
    assert len(stage.openroute.requests) == 1
    assert [round(row.seconds) for row in await written(stage)] == [12]


async def test_a_recap_is_paid_by_who_asks_for_it(stage: Stage, ben: User) -> None:
    """What is heard for it, and what is summed up; nobody else."""
    note = stage.discord.post(stage.channel, stage.anna, files=[MEMO])
    stage.openroute.script("Buy milk.")
    stage.openroute.script("Milk is to be bought.")
    async with stage.bot(CATCH_UP_HOURS="0") as bot:
        await bot.logged("ready")
        shown = await stage.discord.slash(ben, stage.channel, "recap").answered(PATIENCE)
        await stage.discord.wait_for(lambda: shown.components, PATIENCE)
        [row] = shown.components
        summary = stage.discord.press(ben, shown, row["components"][0]["custom_id"])
        told = await summary.answered(PATIENCE)
        await stage.discord.wait_for(lambda: "Milk is to be bought." in told.content, PATIENCE)
    rows = await written(stage)
    assert [(row.asked_by, row.speaker_id, row.ask) for row in rows] == [
        (ben.id, note.author.id, "listened"),
        (ben.id, None, "recap"),
    ]
    assert [round(row.seconds) for row in rows] == [12, 0]


async def test_what_was_not_paid_is_free_again(stage: Stage) -> None:
    """A file without a voice, a request that is refused: the day is as long as before."""
    stage.openroute.faults.add("POST", "/chat/completions", times=1, status=400, body="no")
    stage.openroute.script("Heard.")
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES=minutes(1)) as bot:
        stage.post_note()
        await bot.logged("note")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
    assert [row.state for row in await written(stage)] == ["settled"]


async def test_a_note_that_is_deleted_half_way(stage: Stage) -> None:
    """What was said by then is paid; what was not even begun is free."""
    never = asyncio.Event()
    stage.openroute.script("Half of it.", never)
    stage.openroute.script("Heard.")
    async with stage.bot(BUDGET_PERSON_DAY_MINUTES=minutes(2)) as bot:
        note = stage.post_note()
        await stage.said(await stage.thread_on(note), "Half of it.")
        stage.discord.delete(note)
        await bot.logged("note")
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
        [told] = await stage.said(await stage.thread_on(stage.post_note()), "You have used up")
        assert told
    assert [(row.state, round(row.seconds)) for row in await written(stage)] == [("settled", 12)] * 2


async def test_a_process_that_is_killed_holds_nothing(stage: Stage) -> None:
    """The next one answers the note, though there is room for one alone."""
    never = asyncio.Event()
    stage.openroute.script("Half of it.", never)
    stage.openroute.script("The whole.")
    room = {"BUDGET_PERSON_DAY_MINUTES": minutes(1)}
    async with stage.bot(**room) as first:
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Half of it.")
        await first.kill()
        first.expected_status = -9
    [held] = await written(stage)
    assert held.state == "reserved"
    async with stage.bot(**room):
        await stage.said(thread, "The whole.")
    assert [row.state for row in await written(stage)] == ["settled"]


async def test_a_worker_that_is_killed_holds_nothing(stage: Stage, fleet_url: str) -> None:
    """Another takes over the note and what was reserved for it, without waiting for that to run out."""
    never = asyncio.Event()
    stage.openroute.script("Half of it.", never)
    stage.openroute.script("The whole.")
    room = {"BUDGET_PERSON_DAY_MINUTES": minutes(1), "DATABASE_URL": fleet_url}
    async with stage.bot("--gateway-only", **room):
        async with stage.worker(**room) as first:
            thread = await stage.thread_on(stage.post_note())
            await stage.said(thread, "Half of it.")
            await first.kill()
            first.expected_status = -9
        async with stage.worker(**room):
            await stage.said(thread, "The whole.")
    assert [row.state for row in await written(stage, fleet_url)] == ["settled"]


async def test_fifty_at_once_and_two_workers(stage: Stage, fleet_url: str) -> None:
    """Not a second is overdrawn, none is wasted, and it is told once."""
    stage.openroute.script("Heard.", times=50)
    room = {"BUDGET_SERVER_DAY_MINUTES": minutes(7), "DATABASE_URL": fleet_url}
    room |= {"NOTES_AT_ONCE": "16", "NOTES_AT_ONCE_PER_SERVER": "16"}
    async with (
        stage.bot("--gateway-only", **room),
        stage.worker(**room) as one,
        stage.worker(**room) as two,
    ):
        notes = [stage.post_note() for _ in range(50)]

        def ends() -> list[str]:
            lines = [line for worker in (one, two) for line in worker.lines if line["event"] == "note"]
            return [line["outcome"] for line in lines]

        both = [
            asyncio.create_task(worker.until(lambda: len(ends()) == 50, 3 * PATIENCE))
            for worker in (one, two)
        ]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for waiting in both:
            waiting.cancel()
        assert sorted(ends()) == ["posted"] * 7 + ["refused"] * 43
        threads = [note.thread for note in notes if note.thread]
        said = [message.content for thread in threads for message in stage.of_the_bot(thread)]
        assert len([text for text in said if text == "Heard."]) == 7
        [told] = [text for text in said if text != "Heard."]
        assert "This server has used up" in told
    rows = await written(stage, fleet_url)
    assert [row.state for row in rows] == ["settled"] * 7
    assert sum(row.seconds for row in rows) <= float(minutes(7)) * 60
