"""One row a note: nothing is lost, nothing is answered twice, nothing is kept that is not needed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ForgottenError, StoppedError, SupersededError
from bot.models import (
    Answer,
    Attachment,
    Claim,
    Ending,
    HeardPart,
    Posted,
    Question,
    State,
    Usage,
    VoiceNote,
)
from bot.snowflakes import lowest_at
from bot.storage import schema
from bot.storage.backlog import Backlog
from bot.storage.deletions import Deletions
from bot.storage.ledger import Fence, Ledger
from tests.fixtures import file_of, note_of
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bot.storage import Database


__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

IDS = st.integers(1, 2**63 - 1)
# A NUL is nothing Discord lets through, and nothing PostgreSQL takes.
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
DAY = 86_400.0
SPOKEN = "We meet on Thursday."
ANSWER = Answer(
    text=SPOKEN,
    model="a/b",
    usage=Usage(prompt_tokens=30, completion_tokens=12, total_tokens=42, cost=0.25),
)
PARTS = tuple(HeardPart(start=start, seconds=0.1 + 0.2, answer=ANSWER) for start in (0.0, 57.750000000000007))
POSTED = Posted(channel_id=1, pages=(11, 12))
FINISHED = [state for state in State if state.finished]


@pytest.fixture
def ledger(database: Database, clock: Clock) -> Ledger:
    """Empty."""
    return Ledger(database, clock=clock)


def note(message: int = 1, file: int = 5, guild: int | None = 3) -> VoiceNote:
    """A note of that message, file and server."""
    return note_of(message_id=message, attachment=file_of(id=file), guild_id=guild)


def claim(message: int = 1, file: int = 5, guild: int | None = 3, number: int = 0) -> Claim:
    """That note in the hands of whoever began work on it so many times."""
    return Claim(note=note(message, file, guild), number=number, received_at=Clock().now)


async def row(database: Database, message: int = 1, file: int = 5) -> dict[str, Any]:
    """What the database holds of a note."""
    statement = sa.select(schema.notes).where(
        schema.notes.c.message_id == message, schema.notes.c.attachment_id == file
    )
    return dict(zip(statement.selected_columns.keys(), (await rows_of(database, statement))[0], strict=True))


async def test_behind_a_fence_nothing_is_claimed(ledger: Ledger) -> None:
    """By whoever has lost the work since; whoever has it may go on."""
    condition = sa.bindparam("fence", type_=sa.Integer) == 1
    await ledger.receive([note()])
    [its] = await ledger.claim(1, Fence(condition, {"fence": 1}))
    assert await ledger.claim(1, Fence(condition, {"fence": 2})) == []
    await ledger.settle(its, State.FAILED)


async def test_a_note_is_received_once(ledger: Ledger) -> None:
    """Also with others that are new; another file of the message is another note."""
    assert await ledger.receive([]) == 0
    assert await ledger.receive([note(), note(file=6)]) == 2
    assert await ledger.receive([note(file=6), note(file=7), note(message=2)]) == 2
    assert await ledger.receive([note()]) == 0


async def test_a_note_that_comes_by_two_ways_at_once_is_new_once(ledger: Ledger) -> None:
    """Live, in the history, by two gateways."""
    notes = [note(file=file) for file in range(1, 4)]
    news = await asyncio.gather(*(ledger.receive(notes) for _ in range(5)))
    assert sum(news) == 3
    assert len(await ledger.claim(1)) == 3


async def test_work_begins_on_what_is_unfinished_of_a_message(ledger: Ledger) -> None:
    """In the order of its files; each beginning counts."""
    await ledger.receive([note(file=9), note(file=2), note(file=4), note(message=2)])
    await ledger.settle(claim(file=4), State.POSTED)
    assert await ledger.claim(1) == [claim(file=2, number=1), claim(file=9, number=1)]
    assert [claim.number for claim in await ledger.claim(1)] == [2, 2]
    assert [claim.number for claim in await ledger.claim(2)] == [1]
    assert await ledger.claim(3) == []


async def test_it_is_known_how_often_a_note_was_cut_off(ledger: Ledger) -> None:
    """While it was decoded, by the end of its process; once it was survived, the count begins anew."""
    await ledger.receive([note()])
    for times in range(3):
        [mine] = await ledger.claim(1)
        assert mine.decode_crashes == times
        await ledger.decoding_began(mine)
    [mine] = await ledger.claim(1)
    await ledger.decoding_began(mine)
    await ledger.decoding_interrupted(mine)
    assert [each.decode_crashes for each in await ledger.claim(1)] == [3]
    [mine] = await ledger.claim(1)
    await ledger.decoding_began(mine)
    await ledger.decoding_ended(mine)
    assert [each.decode_crashes for each in await ledger.claim(1)] == [0]


async def test_an_answer_is_kept_until_it_is_posted(ledger: Ledger, database: Database) -> None:
    """The next attempt has it, and where its pages stand; then nothing of what was said or asked is left."""
    await ledger.receive([note()])
    await ledger.answered(claim(), ANSWER, 4.0)
    await ledger.posted(claim(), POSTED)
    [again] = await ledger.claim(1)
    assert again == replace(claim(number=1), answer=ANSWER, posted=POSTED)
    assert again.resumed
    await ledger.settle(again, State.POSTED)
    left = await row(database)
    assert (left["state"], left["note"], left["answer"]) == ("posted", {}, None)
    assert (left["seconds"], left["tokens"], left["cost"]) == (4.0, 42, 0.25)
    assert left["posted"] == {"channel_id": 1, "pages": [11, 12]}
    assert SPOKEN not in str(left)
    assert note().prompt.text not in str(left)


@pytest.mark.parametrize("end", ["answered", "settled", "forgotten"])
async def test_what_was_heard_of_a_long_note_is_kept_until_it_is_answered(
    ledger: Ledger, database: Database, end: str
) -> None:
    """The next attempt has it, to the last digit of where it was; then it goes, however the note ends."""
    await ledger.receive([note()])
    await ledger.heard(claim(), PARTS[:1])
    await ledger.heard(claim(), PARTS)
    [again] = await ledger.claim(1)
    assert again.parts == PARTS
    if end == "answered":
        await ledger.answered(again, replace(ANSWER, text="Whole."), 60.0)
    elif end == "settled":
        await ledger.settle(again, State.FAILED, may_pass=True)
    else:
        await Deletions(ledger.database).forget([1])
    left = await row(database)
    assert left["parts"] is None
    assert SPOKEN not in str(left)


@pytest.mark.parametrize("state", FINISHED)
async def test_what_is_finished_stays_finished(ledger: Ledger, database: Database, state: State) -> None:
    """Neither taken up nor taken again; whoever comes too late changes nothing."""
    await ledger.receive([note(), note(file=6)])
    await ledger.settle(claim(), state)
    before = await row(database)
    assert before["state"] == state.value
    for change in changes(ledger):
        with suppress(StoppedError):
            await change
        assert await row(database) == before
    assert await ledger.receive([note()]) == 0
    assert [claim.note for claim in await ledger.claim(1)] == [note(file=6)]
    assert await row(database) == before


async def test_an_end_that_is_told_twice_is_no_trouble(ledger: Ledger) -> None:
    """The connection may break between the change and the word that it was made."""
    await ledger.receive([note()])
    await asyncio.gather(*(ledger.settle(claim(), State.POSTED) for _ in range(4)))
    assert await Backlog(ledger.database).unfinished() == []


async def test_whoever_works_on_a_note_that_was_deleted_is_told(ledger: Ledger) -> None:
    """At each step; also when even its row is gone."""
    await ledger.receive([note()])
    await ledger.answered(claim(), ANSWER, 4.0)
    await Deletions(ledger.database).forget([1])
    for change in changes(ledger):
        with pytest.raises(ForgottenError):
            await change
    for change in changes(ledger, claim(message=99)):
        with pytest.raises(ForgottenError):
            await change


async def test_only_who_began_last_is_heard(ledger: Ledger, database: Database) -> None:
    """A worker that was taken for dead wakes up: at each step it learns that the note is not its own any more."""
    await ledger.receive([note()])
    [asleep] = await ledger.claim(1)
    [awake] = await ledger.claim(1)
    before = await row(database)
    for change in changes(ledger, asleep):
        with pytest.raises(SupersededError):
            await change
    assert await row(database) == before
    await ledger.settle(awake, State.POSTED)
    for change in changes(ledger, asleep):
        with pytest.raises(SupersededError):
            await change
    assert (await row(database))["state"] == "posted"


async def test_of_two_who_begin_at_once_one_is_heard(ledger: Ledger) -> None:
    """Whoever came last."""
    await ledger.receive([note()])
    begun = [each for [each] in await asyncio.gather(*(ledger.claim(1) for _ in range(4)))]
    answering = (ledger.answered(each, ANSWER, 4.0) for each in begun)
    ends = await asyncio.gather(*answering, return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", *["SupersededError"] * 3]


async def test_a_clock_that_is_set_forward_makes_no_note_older(ledger: Ledger, clock: Clock) -> None:
    """A note is as old as its message; one whose message is old is as old as its row."""
    clock.now = 1_700_000_000.0
    new, old = lowest_at(clock.now + 3600), lowest_at(clock.now - 86_400)
    await ledger.receive([note(new), note(old)])
    [just_posted], [found_later] = await ledger.claim(new), await ledger.claim(old)
    clock.now += 20
    assert [ledger.age(just_posted), ledger.age(found_later)] == [20, 20]
    clock.now += 3600
    assert [ledger.age(just_posted), ledger.age(found_later)] == [20, 3620]


async def test_nor_does_it_make_a_question_older(ledger: Ledger, clock: Clock) -> None:
    """Which is asked about a note that may be old."""
    clock.now = 1_700_000_000.0
    question = Question(message_id=lowest_at(clock.now + 3600), channel_id=2)
    asked = replace(note(lowest_at(clock.now - DAY)), ask="question:1", question=question)
    await ledger.receive([asked])
    [mine] = await ledger.claim(asked.message_id)
    clock.now += 3620
    assert ledger.age(mine) == 20


def changes(ledger: Ledger, changed: Claim | None = None) -> list[Coroutine[Any, Any, None]]:
    """Every change there is while a note is worked on."""
    changed = changed or claim()
    return [
        ledger.decoding_began(changed),
        ledger.decoding_ended(changed),
        ledger.postpone(changed, 5.0),
        ledger.heard(changed, PARTS),
        ledger.answered(changed, ANSWER, 4.0),
        ledger.posted(changed, POSTED),
        ledger.settle(changed, State.FAILED),
    ]


async def test_it_is_known_which_pages_stand_there_already(ledger: Ledger) -> None:
    """Of all notes of the message, finished ones, too; not of other messages."""
    await ledger.receive([note(1, file=1), note(1, file=2), note(2)])
    assert [each.message_pages for each in await ledger.claim(1)] == [frozenset()] * 2
    await ledger.posted(claim(1, file=1, number=1), POSTED)
    await ledger.settle(claim(1, file=1, number=1), State.POSTED)
    await ledger.posted(claim(2), replace(POSTED, pages=(21,)))
    [left] = await ledger.claim(1)
    assert left.message_pages == {11, 12}


async def test_a_row_that_cannot_be_read_holds_nobody_up(ledger: Ledger, database: Database) -> None:
    """Another version wrote it: it is given up, and the other notes of the message are answered."""
    await ledger.receive([note(file=1), note(file=2), note(file=3), note(file=4)])
    for file, values in (
        (1, {"note": {"message": "from the future"}}),
        (3, {"state": "answered", "answer": '{"words": "from the past"}'}),
        (4, {"posted": {"place": "elsewhere"}}),
    ):
        statement = sa.update(schema.notes).where(schema.notes.c.attachment_id == file)
        await rows_of(database, statement.values(values))
    [mine] = await ledger.claim(1)
    assert mine.note == note(file=2)
    for file in (1, 3, 4):
        left = await row(database, file=file)
        assert (left["state"], left["note"], left["answer"]) == ("failed", {}, None)
        assert left["finished_at"] is not None
    await ledger.settle(mine, State.POSTED)
    assert await Backlog(ledger.database).unfinished() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        VoiceNote,
        message_id=IDS,
        channel_id=IDS,
        guild_id=st.none() | IDS,
        author_id=IDS,
        attachment=st.builds(
            Attachment,
            id=IDS,
            filename=WORDS,
            url=WORDS,
            content_type=st.none() | WORDS,
            seconds=st.none() | NUMBERS,
        ),
        prompt=st.builds(type(note().prompt), text=WORDS),
    ),
    st.builds(
        Answer,
        text=WORDS,
        model=WORDS,
        generation_id=st.none() | WORDS,
        usage=st.none()
        | st.builds(
            Usage,
            prompt_tokens=st.integers(0, 2**31),
            completion_tokens=st.integers(0, 2**31),
            total_tokens=st.integers(0, 2**31 - 1),
            audio_tokens=st.none() | st.integers(0, 2**31),
            cost=st.none() | NUMBERS,
        ),
        ending=st.sampled_from(Ending),
    ),
    st.builds(Posted, channel_id=IDS, pages=st.lists(IDS).map(tuple)),
)
async def test_a_note_is_taken_up_as_it_was(
    database: Database, ledger: Ledger, wanted: VoiceNote, answer: Answer, posted: Posted
) -> None:
    """Every field of it, of its answer, and of where that stands."""
    await rows_of(database, sa.delete(schema.notes))
    await ledger.receive([wanted])
    first = Claim(note=wanted, number=1, received_at=Clock().now)
    assert await ledger.claim(wanted.message_id) == [first]
    await ledger.answered(first, answer, 1.5)
    await ledger.posted(first, posted)
    pages = frozenset(posted.pages)
    assert await ledger.claim(wanted.message_id) == [
        replace(first, answer=answer, posted=posted, message_pages=pages, number=2)
    ]
