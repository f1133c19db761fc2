"""What there is to do: what is unfinished, what is due, and how much is ahead of whom."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.models import Answer, Claim, State
from bot.storage import Backlog, Ledger
from tests.fixtures import file_of, note_of
from tests.fixtures_database import Clock, clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

DAY = 86_400.0
ANSWER = Answer(text="We meet on Thursday.", model="a/b")


@pytest.fixture
def ledger(database: Database, clock: Clock) -> Ledger:
    """Empty."""
    return Ledger(database, clock=clock)


@pytest.fixture
def backlog(database: Database, clock: Clock) -> Backlog:
    """Of what is in the ledger."""
    return Backlog(database, clock=clock)


def note(message: int = 1, file: int = 5, guild: int | None = 3) -> VoiceNote:
    """A note of that message, file and server."""
    return note_of(message_id=message, attachment=file_of(id=file), guild_id=guild)


def claim(message: int) -> Claim:
    """A claim on it, before any other."""
    return Claim(note=note(message))


async def test_what_is_unfinished_is_taken_up_oldest_first(ledger: Ledger, backlog: Backlog) -> None:
    """By message, each with its server, or whoever wrote to the bot; whatever order they came in."""
    await ledger.receive([note(7), note(3, file=5), note(3, file=6)])
    await ledger.receive([note(5, guild=None)])
    await ledger.receive([note(4)])
    await ledger.settle(claim(4), State.REFUSED)
    assert await backlog.unfinished() == [(3, 3), (5, note().author_id), (7, 3)]


async def test_it_is_known_how_much_a_server_has_waiting(ledger: Ledger, backlog: Backlog) -> None:
    """Before a message: answers that are not posted yet, too; not what is finished, nor what others have."""
    await ledger.receive([note(1), note(2, file=1), note(2, file=2), note(3, guild=9), note(4, guild=None)])
    await ledger.answered(claim(1), ANSWER, 4.0)
    assert await backlog.count_ahead(3, 10**18) == 3
    assert await backlog.count_ahead(3, 2) == 1
    await ledger.settle(claim(1), State.POSTED)
    assert await backlog.count_ahead(3, 10**18) == 2
    assert await backlog.count_ahead(note().author_id, 10**18) == 1
    assert await backlog.count_ahead(77, 10**18) == 0


@pytest.mark.parametrize("back", [10.0, 1800.0, 3600.0, 86_400.0])
async def test_what_is_left_for_later_is_not_forgotten_by_a_clock_that_is_set_back(
    ledger: Ledger, backlog: Backlog, clock: Clock, back: float
) -> None:
    """By however much: it would have to wait for as much longer."""
    await ledger.receive([note(1)])
    [mine] = await ledger.claim(1)
    await ledger.postpone(mine, 30)
    assert await backlog.take_due() == []
    clock.now -= back
    assert await backlog.take_due() == [(1, 3)]
    assert await backlog.take_due() == []


async def test_what_another_machine_leaves_for_later_is_left(
    database: Database, ledger: Ledger, backlog: Backlog, clock: Clock
) -> None:
    """For as long as it is to be, though its clock is a little ahead; with a clock that is wrong, it is not forgotten."""
    await ledger.receive([note(1)])
    [mine] = await ledger.claim(1)
    await Ledger(database, clock=lambda: clock.now + 30).postpone(mine, 3600)
    assert await backlog.take_due() == []
    await Ledger(database, clock=lambda: clock.now + DAY).postpone(mine, 30)
    assert await backlog.take_due() == [(1, 3)]


async def test_what_is_left_for_later_is_looked_at_when_it_is_due(
    ledger: Ledger, backlog: Backlog, clock: Clock
) -> None:
    """Told to one of those who look, and again after a while, whatever became of it."""
    await ledger.receive([note(1), note(2)])
    [mine] = await ledger.claim(1)
    clock.now += 20
    assert ledger.age(mine) == 20
    await ledger.postpone(mine, 30)
    assert await backlog.take_due() == []
    clock.now += 30
    assert sorted(await asyncio.gather(*(backlog.take_due() for _ in range(3)))) == [[], [], [(1, 3)]]
    clock.now += 30
    assert await backlog.take_due() == [(2, 3)]
    clock.now += 30
    assert await backlog.take_due() == [(1, 3)]


async def test_what_is_worked_on_is_looked_at_again_though_not_at_once(
    ledger: Ledger, backlog: Backlog, clock: Clock
) -> None:
    """Its job may be lost; what is finished is not looked at."""
    await ledger.receive([note(1), note(2)])
    clock.now += 50
    await ledger.claim(1)
    await ledger.settle(claim(2), State.POSTED)
    clock.now += 50
    assert await backlog.take_due() == []
    clock.now += 50
    assert await backlog.take_due() == [(1, 3)]


async def test_who_watches_is_told_how_much_waits(ledger: Ledger, backlog: Backlog, clock: Clock) -> None:
    """And for how long the oldest has, of what is not finished."""
    assert await backlog.waiting() == (0, 0.0)
    await ledger.receive([note(1)])
    clock.now += 20
    await ledger.receive([note(2), note(3)])
    clock.now += 10
    assert await backlog.waiting() == (3, 30.0)
    await ledger.settle(claim(1), State.POSTED)
    assert await backlog.waiting() == (2, 10.0)
    clock.now -= 3600
    assert await backlog.waiting() == (2, 0.0)
