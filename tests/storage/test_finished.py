"""Finished notes are deleted after a while; which were looked for, and when, is known until then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.models import Claim, Posted, State
from bot.storage import Backlog, Deletions, FinishedNotes, Ledger, schema
from tests.fixtures import file_of, note_of
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

DAY = 86_400.0


@pytest.fixture
def ledger(database: Database, clock: Clock) -> Ledger:
    """Where they come from."""
    return Ledger(database, clock=clock)


@pytest.fixture
def finished(database: Database, clock: Clock) -> FinishedNotes:
    """What is tried."""
    return FinishedNotes(database, clock=clock)


def note(message: int, channel: int | None = None) -> VoiceNote:
    """The one note of a message, which is in a channel of its own if nothing is said of that."""
    return note_of(message_id=message, channel_id=channel or 100 + message, attachment=file_of(id=5))


async def in_turn(finished: FinishedNotes, before: float) -> list[int]:
    """The messages that are looked for, channel after channel."""
    found: list[int] = []
    aside: set[int] = set()
    while notes := await finished.unchecked(before, most=9, aside=aside):
        found += [each.message_id for each in notes]
        aside.add(notes[0].channel_id)
    return found


def claim(message: int) -> Claim:
    """A claim on it, before any other."""
    return Claim(note=note(message))


async def test_old_rows_are_deleted(
    ledger: Ledger, finished: FinishedNotes, database: Database, clock: Clock
) -> None:
    """Only what is finished, and only from the day it was finished on."""
    await ledger.receive([note(1), note(2), note(3), note(4)])
    await ledger.settle(claim(1), State.POSTED)
    await Deletions(ledger.database, clock=clock).forget([2])
    clock.now += 20 * DAY
    await ledger.settle(claim(3), State.FAILED)
    clock.now += 11 * DAY
    assert await finished.prune(30 * DAY) == 2
    assert await finished.prune(30 * DAY) == 0
    left = [
        row[0] for row in await rows_of(database, sa.select(schema.notes.c.message_id).order_by("message_id"))
    ]
    assert left == [3, 4]
    clock.now += 1_000 * DAY
    assert await finished.prune(30 * DAY) == 1
    assert await Backlog(ledger.database).unfinished() == [(4, 3)]


async def test_what_was_answered_is_looked_for(ledger: Ledger, finished: FinishedNotes, clock: Clock) -> None:
    """First what nobody ever looked for, of that what was answered last; then what was looked for long ago.

    What is worked on is among them, what came to nothing is not.
    """
    await ledger.receive([note(number) for number in range(1, 7)])
    for number in (1, 2, 3, 4):
        clock.now += 1
        await ledger.posted(claim(number), Posted(channel_id=9, pages=(90 + number,)))
        await ledger.settle(claim(number), State.POSTED if number < 4 else State.REFUSED)
    await ledger.settle(claim(5), State.FAILED)
    clock.now += 1

    async def order() -> list[int]:
        return await in_turn(finished, clock.now)

    assert await order() == [4, 3, 2, 1, 6]
    await finished.check([6], clock.now)
    await finished.check([3, 4], clock.now - 2)
    await finished.check([2], clock.now - 1)
    assert await order() == [1, 4, 3, 2]
    await finished.check([1, 2, 3, 4], clock.now)
    assert await order() == []
    clock.now += 1
    await Deletions(ledger.database, clock=clock).forget([2])
    assert sorted(await order()) == [1, 3, 4, 6]


async def test_a_clock_that_is_set_back_hides_nothing(
    ledger: Ledger, finished: FinishedNotes, clock: Clock
) -> None:
    """Neither what was answered by the other time, nor what was looked for by it; each is looked for once."""
    await ledger.receive([note(1), note(2)])
    for number in (1, 2):
        await ledger.posted(claim(number), Posted(channel_id=9, pages=(90 + number,)))
        await ledger.settle(claim(number), State.POSTED)
    await finished.check([2], clock.now)
    clock.now -= 3600
    begun = clock.now
    assert await in_turn(finished, begun) == [1, 2]
    await finished.check([1, 2], begun)
    assert await in_turn(finished, begun) == []


async def test_what_is_in_one_channel_is_looked_for_together(
    ledger: Ledger, finished: FinishedNotes, clock: Clock
) -> None:
    """The newest first, as many as are wanted: one history tells of them all."""
    here, there = 7, 8
    await ledger.receive([note(1, there), note(2, here), note(3, there), note(4, here), note(5, here)])
    await finished.check([2, 3, 4], clock.now - 5)
    clock.now += 1
    # The turn is the first note's: of those that were never looked for, that with the lowest number.
    assert [each.message_id for each in await finished.unchecked(clock.now, most=9)] == [3, 1]
    assert [each.message_id for each in await finished.unchecked(clock.now, most=2, aside=[there])] == [5, 4]
    assert await finished.unchecked(clock.now, most=2, aside=[there, here]) == []
