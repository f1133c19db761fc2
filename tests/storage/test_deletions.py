"""What is deleted is forgotten, and what stands of its answers is written down until it is gone from Discord, too."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa

from bot.errors import ForgottenError, SupersededError
from bot.models import Answer, Claim, OrphanedAnswer, Posted, Question, State
from bot.storage import Backlog, Consent, Deletions, Ledger, schema
from tests.fixtures import file_of, note_of
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

Way = Callable[["Both", Claim], Coroutine[Any, Any, OrphanedAnswer]]
ANSWER = Answer(text="We meet on Thursday.", model="a/b")
POSTED = Posted(channel_id=1, pages=(11, 12))
ORPHANED = OrphanedAnswer(message_id=1, channel_id=2, posted=POSTED)
"""Of a message that was deleted: all answers to it go."""
ALONE = replace(ORPHANED, alone=True)
"""Of a message that may still be there."""
DAY = 86_400.0


class Both:
    """The ledger and what is deleted of it, over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.ledger = Ledger(database, clock=clock)
        self.deletions = Deletions(database, clock=clock)

    async def posted(self, note: VoiceNote, posted: Posted = POSTED) -> Claim:
        """A claim on a note that is being worked on, whose answer stands."""
        await self.ledger.receive([note])
        [claim] = [each for each in await self.ledger.claim(note.message_id) if each.note == note]
        await self.ledger.posted(claim, posted)
        return claim

    async def finished(self, note: VoiceNote, posted: Posted = POSTED) -> Claim:
        """Likewise, and its end."""
        claim = await self.posted(note, posted)
        await self.ledger.settle(claim, State.POSTED)
        return claim


@pytest.fixture
def both(database: Database, clock: Clock) -> Both:
    """Empty."""
    return Both(database, clock)


def note(message: int = 1, file: int = 5) -> VoiceNote:
    """A note in channel 2."""
    return note_of(message_id=message, attachment=file_of(id=file))


def question(message: int = 50) -> VoiceNote:
    """A question about the note in message 1."""
    return replace(note(), ask=f"question:{message}", question=Question(message_id=message, channel_id=1))


async def test_what_is_deleted_is_forgotten(both: Both, database: Database) -> None:
    """Whatever state it is in; what stands somewhere is told, so that it can be taken back, and told once."""
    await both.ledger.receive([note(1, file=2), note(3), note(4)])
    await both.ledger.answered(await both.posted(note(1, file=1)), ANSWER, 4.0)
    second = await both.finished(note(2), replace(POSTED, pages=(21,)))
    orphaned = await both.deletions.forget([1, 2, 3, 99])
    assert sorted(orphaned, key=lambda answer: answer.message_id) == [
        ORPHANED,
        replace(ORPHANED, message_id=2, posted=replace(POSTED, pages=(21,))),
    ]
    columns = schema.notes.c
    rows = await rows_of(
        database,
        sa.select(columns.state, columns.note, columns.answer, columns.posted).where(columns.message_id < 4),
    )
    assert [tuple(row) for row in rows] == [("forgotten", {}, None, None)] * 4
    assert await Backlog(both.ledger.database).unfinished() == [(4, 3)]
    assert await both.deletions.forget([1, 2, 3]) == []
    assert await both.deletions.forget([]) == []
    with pytest.raises(ForgottenError):
        await both.ledger.settle(second, State.POSTED)


async def test_of_a_message_that_was_edited_the_other_files_stay(both: Both) -> None:
    """Answers to those that were removed are to be deleted."""
    await both.finished(note(file=5))
    await both.finished(note(file=6), replace(POSTED, pages=(13,)))
    assert await both.deletions.forget_others(1, [6]) == [ALONE]
    assert await both.deletions.forget_others(1, [6]) == []


async def forgotten(both: Both, _: Claim) -> OrphanedAnswer:
    """The message was deleted."""
    [answer] = await both.deletions.forget([1])
    return answer


async def stripped(both: Both, _: Claim) -> OrphanedAnswer:
    """Its file was removed."""
    [answer] = await both.deletions.forget_others(1, [])
    return answer


async def unwanted(both: Both, _: Claim) -> OrphanedAnswer:
    """Whose voice it is wants all of it deleted."""
    consent = Consent(both.database, clock=lambda: 1_000_000.5)
    [answer] = (await consent.delete_data(note().author_id, answers_too=True)).answers
    return answer


async def withdrawn(both: Both, claim: Claim) -> OrphanedAnswer:
    """Somebody has this answer deleted."""
    await both.ledger.settle(claim, State.POSTED)
    answer = await both.deletions.withdraw(1, 12)
    assert answer is not None
    return answer


async def opted_out(both: Both, claim: Claim) -> OrphanedAnswer:
    """Whose voice it is opted out while it was heard."""
    await both.ledger.settle(claim, State.FORGOTTEN)
    return ALONE


WHILE_IT_IS_WORKED_ON = [forgotten, stripped, unwanted, opted_out]
EVERY_WAY = [*WHILE_IT_IS_WORKED_ON, withdrawn]


@pytest.mark.parametrize("way", EVERY_WAY)
async def test_what_is_to_be_deleted_is_due_until_it_is(both: Both, clock: Clock, way: Way) -> None:
    """Whoever decides it is first to try, then anybody, one at a time; also after the process has ended."""
    decided = await way(both, await both.posted(note()))
    assert (decided.message_id, decided.posted) == (1, POSTED)
    assert await both.deletions.take_due() == []
    clock.now += 31
    due = await both.deletions.take_due()
    for _ in range(3):
        assert due == [decided]
        assert await both.deletions.take_due() == []
        clock.now += 31
        due = await both.deletions.take_due()
    await both.deletions.carried_out(due[0])
    clock.now += 31
    assert await both.deletions.take_due() == []


@pytest.mark.parametrize("way", WHILE_IT_IS_WORKED_ON)
async def test_a_page_that_was_posted_meanwhile_is_to_be_deleted_too(
    both: Both, clock: Clock, way: Way
) -> None:
    """Its worker may not come to that: it learns only by this that the note was deleted."""
    claim = await both.posted(note())
    await both.deletions.carried_out(await way(both, claim))
    clock.now += 31
    await drained(both)
    with pytest.raises(ForgottenError):
        await both.ledger.posted(claim, replace(POSTED, pages=(11, 12, 13)))
    clock.now += 31
    [late] = await both.deletions.take_due()
    assert late == replace(ALONE, posted=replace(POSTED, pages=(11, 12, 13)))


async def drained(both: Both) -> None:
    """Nothing is to be deleted any more."""
    for answer in await both.deletions.take_due():
        await both.deletions.carried_out(answer)


async def test_of_a_question_only_its_answer_goes(both: Both, clock: Clock) -> None:
    """The note and its other answers are still there; also where its worker comes late."""
    claim = await both.posted(question())
    [answer] = await both.deletions.forget([50])
    assert answer == ALONE
    await both.deletions.carried_out(answer)
    with pytest.raises(ForgottenError):
        await both.ledger.posted(claim, POSTED)
    clock.now += 31
    assert await both.deletions.take_due() == [ALONE]


async def test_whoever_was_taken_for_dead_has_nothing_deleted(both: Both, clock: Clock) -> None:
    """Somebody else has the note, and its pages."""
    claim = await both.posted(note())
    await both.ledger.claim(1)
    with pytest.raises(SupersededError):
        await both.ledger.posted(claim, POSTED)
    with pytest.raises(SupersededError):
        await both.ledger.settle(claim, State.FORGOTTEN)
    clock.now += 31
    assert await both.deletions.take_due() == []


async def test_answers_that_are_to_stay_are_not_written_down(both: Both, clock: Clock) -> None:
    """Somebody has their data deleted, and not the answers."""
    await both.finished(note())
    consent = Consent(both.database, clock=clock)
    assert (await consent.delete_data(note().author_id, answers_too=False)).answers == ()
    clock.now += 31
    assert await both.deletions.take_due() == []


async def test_many_are_due_in_turn(both: Both, clock: Clock) -> None:
    """Some at a time, the first first, none twice."""
    for message in range(1, 121):
        await both.finished(note(message))
    await both.deletions.forget(range(1, 121))
    clock.now += 31
    taken = [await both.deletions.take_due() for _ in range(7)]
    assert [len(some) for some in taken] == [20, 20, 20, 20, 20, 20, 0]
    assert sorted(answer.message_id for some in taken for answer in some) == list(range(1, 121))


async def test_what_two_have_deleted_is_one_answer(both: Both, clock: Clock) -> None:
    """Whoever comes second, and late, does not take the next one for it."""
    for message in (1, 2):
        await both.finished(note(message))
    [first] = await both.deletions.forget([1])
    await both.deletions.carried_out(first)
    [second] = await both.deletions.forget([2])
    await both.deletions.carried_out(first)
    clock.now += 31
    assert await both.deletions.take_due() == [second]


async def test_what_stays_undeleted_is_tried_ever_more_seldom(both: Both, clock: Clock) -> None:
    """Discord is not asked for the same every half a minute for a month."""
    await both.finished(note())
    await both.deletions.forget([1])
    tried: list[float] = []
    decided = clock.now
    while clock.now < decided + 4 * 3600:
        clock.now += 15
        if await both.deletions.take_due():
            tried.append(clock.now - decided)
    pauses = [after - before for before, after in itertools.pairwise(tried)]
    assert (pauses[0], pauses[-1]) == (30, 600)
    assert pauses == sorted(pauses)


async def test_a_clock_that_is_set_back_delays_nothing(both: Both, clock: Clock) -> None:
    """By an hour: what is to be deleted does not wait for that."""
    await both.finished(note())
    await both.deletions.forget([1])
    clock.now -= 3600
    assert await both.deletions.take_due() == [ORPHANED]
    assert await both.deletions.take_due() == []


async def test_what_nobody_can_delete_is_given_up(both: Both, clock: Clock) -> None:
    """After the time for which anything is kept."""
    await both.finished(note())
    await both.deletions.forget([1])
    clock.now += 29 * DAY
    assert await both.deletions.prune(30 * DAY) == 0
    clock.now += 2 * DAY
    assert await both.deletions.prune(30 * DAY) == 1
    assert await both.deletions.take_due() == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("way", [forgotten, stripped, unwanted])
async def test_a_page_that_is_written_down_at_that_moment_is_known(
    both: Both, database_url: str, way: Way
) -> None:
    """Between looking for what stands and forgetting it, another process would write down the last page, and the end."""
    claim = await both.posted(note())
    with psycopg.connect(database_url) as other, psycopg.connect(database_url, autocommit=True) as third:
        whole = json.dumps({"channel_id": 1, "pages": [11, 12, 13]})
        other.execute("UPDATE notes SET posted = %s, state = 'posted'", [whole])
        deciding = asyncio.create_task(way(both, claim))
        async with asyncio.timeout(20):
            # Nobody tells when somebody begins to wait.
            while not third.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        other.commit()
        assert (await deciding).posted.pages == (11, 12, 13)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_waits_for_one_another_does_not_wait_for_ever(both: Both, database_url: str) -> None:
    """Somebody else changes the same rows in another order: the decision is made anew after that."""
    for message in (1, 2):
        await both.finished(note(message))
    change = "UPDATE notes SET checked_at = 1 WHERE message_id = %s"
    with psycopg.connect(database_url) as other, psycopg.connect(database_url, autocommit=True) as third:
        # It is the other one's wait that is ended.
        other.execute("SET deadlock_timeout = '1min'")
        other.execute(change, [2])
        deciding = asyncio.create_task(both.deletions.forget([1, 2]))
        async with asyncio.timeout(20):
            while not third.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            await asyncio.to_thread(other.execute, change, [1])
            other.commit()
            assert sorted(answer.message_id for answer in await deciding) == [1, 2]
