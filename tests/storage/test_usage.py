"""What is paid for: no cap is overdrawn by however many at once, what was paid is counted, and what is held ends with its holder."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import storage
from bot.budgets import Cap, Entry, Limit, Period, Used, Whose
from bot.storage.schema import usage as table
from bot.storage.usage import Reservation, Settlement, UsageRows
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

ENTRY = Entry(
    guild_id=3,
    channel_id=2,
    speaker_id=4,
    asked_by=4,
    ask="listened",
    message_id=1,
    attachment_id=5,
    stored=True,
)
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC).timestamp()


def entry(number: int, **wanted: int | str | bool | None) -> Entry:
    """A note of its own, but for what is `wanted`."""
    return dataclasses.replace(ENTRY, message_id=number, **wanted)  # pyright: ignore[reportArgumentType]


def capped(
    *, seconds: float | None = None, cost: float | None = None, period: Period = Period.DAY, **ids: int
) -> Callable[[float], tuple[Cap, ...]]:
    """One cap, by the moment."""

    def at(now: float) -> tuple[Cap, ...]:
        since, until = period.around(now)
        limit = Limit(seconds=seconds, cost=cost)
        return (Cap(whose=Whose.BOT, period=period, limit=limit, since=since, until=until, **ids),)

    return at


def paid(seconds: float, cost: float | None = None) -> Settlement:
    """As an answer is settled."""
    return Settlement(seconds=seconds, tokens=10, cost=cost, model="a/b")


@pytest.fixture
def rows(database: Database, clock: Clock) -> UsageRows:
    """The rows, with a clock that stands still."""
    return UsageRows(database, clock=clock)


async def reserved(
    rows: UsageRows, of: Entry, seconds: float, caps: Callable[[float], tuple[Cap, ...]]
) -> Reservation:
    """What must be granted."""
    found = await rows.reserve(of, seconds, caps)
    assert isinstance(found, Reservation)
    return found


async def count(database: Database) -> int:
    """How many rows there are."""
    return (await rows_of(database, sa.select(sa.func.count()).select_from(table)))[0][0]


async def test_the_last_second_is_granted_and_none_after_it(rows: UsageRows, clock: Clock) -> None:
    """Whoever is not granted gets to know which cap it is, and until when."""
    caps = capped(seconds=60)
    await reserved(rows, entry(1), 59, caps)
    found = await rows.reserve(entry(2), 1.001, caps)
    assert isinstance(found, Cap)
    assert found.until == Period.DAY.around(clock())[1]
    await reserved(rows, entry(3), 1, caps)
    [used] = await rows.used(caps(clock()))
    assert (used.seconds, used.cost) == (60, pytest.approx(0.0345))


async def test_parts_of_seconds_add_up(rows: UsageRows) -> None:
    """Ten times a tenth is one, whatever binary fractions make of it."""
    for number in range(10):
        await reserved(rows, entry(number), 0.1, capped(seconds=1))
    assert isinstance(await rows.reserve(entry(11), 0.1, capped(seconds=1)), Cap)


async def test_fifty_at_once_from_several_processes(database_url: str, database: Database) -> None:
    """Exactly as many as there is room for are granted."""
    async with AsyncExitStack() as stack:
        connections = [database]
        if not storage.is_embedded(database_url):
            connections += [await stack.enter_async_context(storage.opened(database_url)) for _ in range(3)]
        each = [UsageRows(one) for one in connections]
        found = await asyncio.gather(
            *(
                each[number % len(each)].reserve(entry(number), 11, capped(seconds=120))
                for number in range(50)
            )
        )
    assert sum(isinstance(one, Reservation) for one in found) == 10


async def test_whose_they_are_and_where(rows: UsageRows) -> None:
    """A cap counts what it is about: a person's, a server's, a person's in a server."""
    everywhere = capped(seconds=10, person_id=4)
    await reserved(rows, entry(1), 10, everywhere)
    assert isinstance(await rows.reserve(entry(2, guild_id=9), 1, everywhere), Cap)
    assert isinstance(await rows.reserve(entry(2, asked_by=5), 1, capped(seconds=10, guild_id=3)), Cap)
    await reserved(rows, entry(2, asked_by=5), 1, capped(seconds=10, person_id=5))
    await reserved(rows, entry(3, guild_id=9), 1, capped(seconds=10, person_id=4, guild_id=9))


async def test_of_several_caps_the_longest_is_told(rows: UsageRows, clock: Clock) -> None:
    """It is no use to come back tomorrow when the month is used up."""
    both = (*capped(seconds=1)(clock()), *capped(seconds=1, period=Period.MONTH)(clock()))
    found = await rows.reserve(entry(1), 2, lambda _: both)
    assert isinstance(found, Cap)
    assert found.period is Period.MONTH


@pytest.mark.parametrize("period", Period)
async def test_over_midnight_and_new_year(rows: UsageRows, clock: Clock, period: Period) -> None:
    """What was reserved in the last second counts to the old year, also when it is settled and adjusted in the new one."""
    caps = capped(seconds=10, period=period)
    clock.now = NEW_YEAR - 1
    held = await reserved(rows, entry(1), 8, caps)
    assert isinstance(await rows.reserve(entry(2), 8, caps), Cap)
    clock.now = NEW_YEAR
    await reserved(rows, entry(2), 8, caps)
    held = await rows.adjust(held, 10, caps)
    assert isinstance(held, Reservation)
    await rows.settle(held, entry(1), held.at, paid(10))
    assert (await rows.used(caps(NEW_YEAR - 1)))[0].seconds == 10
    assert (await rows.used(caps(NEW_YEAR)))[0].seconds == 8


async def test_a_day_that_ends_while_the_database_is_waited_for(rows: UsageRows, clock: Clock) -> None:
    """The caps are those of the moment at which it is reserved."""
    asked: list[float] = []

    def caps(now: float) -> tuple[Cap, ...]:
        asked.append(now)
        return capped(seconds=10)(now)

    clock.now = NEW_YEAR
    held = await reserved(rows, entry(1), 8, caps)
    assert asked == [NEW_YEAR] == [held.at]


async def test_what_is_released_is_free(rows: UsageRows, database: Database) -> None:
    """Nothing is left of it."""
    held = await reserved(rows, entry(1), 10, capped(seconds=10))
    await rows.release(held)
    assert await count(database) == 0
    await reserved(rows, entry(2), 10, capped(seconds=10))


async def test_what_is_settled_counts_as_what_it_came_to(rows: UsageRows, clock: Clock) -> None:
    """More or less than was reserved; and it is not released any more."""
    caps = capped(seconds=10, cost=1)
    held = await reserved(rows, entry(1), 10, caps)
    await rows.settle(held, entry(1), clock(), paid(4, cost=0.25))
    await rows.release(held)
    assert await rows.used(caps(clock())) == [Used(seconds=4, cost=0.25)]


async def test_a_length_that_turns_out_otherwise(rows: UsageRows, clock: Clock) -> None:
    """More is granted if there is so much, its own part not counted twice; if not, nothing changes."""
    caps = capped(seconds=10)
    held = await reserved(rows, entry(1), 1, caps)
    await reserved(rows, entry(2), 2, caps)
    assert isinstance(await rows.adjust(held, 8.5, caps), Cap)
    assert (await rows.used(caps(clock())))[0].seconds == 3
    assert isinstance(await rows.adjust(held, 8, caps), Reservation)
    assert (await rows.used(caps(clock())))[0].seconds == 10


async def test_what_nobody_holds_any_more_is_free(rows: UsageRows, clock: Clock) -> None:
    """A process that was killed renews nothing; who is alive does."""
    caps = capped(seconds=10)
    held = await reserved(rows, entry(1), 10, caps)
    clock.now += 80
    await rows.renew(held)
    clock.now += 80
    assert isinstance(await rows.reserve(entry(2), 1, caps), Cap)
    clock.now += 20
    await reserved(rows, entry(2), 10, caps)


async def test_who_was_taken_for_dead_still_pays(rows: UsageRows, clock: Clock, database: Database) -> None:
    """Another try at the same takes the place of what was held; what the first one had paid is counted all the same."""
    caps = capped(seconds=10)
    first = await reserved(rows, entry(1), 10, caps)
    clock.now += 1
    second = await reserved(rows, entry(1), 10, caps)
    assert await count(database) == 1
    await rows.renew(first)
    await rows.settle(first, entry(1), clock(), paid(10))
    await rows.settle(second, entry(1), clock(), paid(10))
    assert (await rows.used(caps(clock())))[0].seconds == 20


@pytest.mark.parametrize("held", [True, False])
async def test_what_is_written_down_again_is_paid_once(rows: UsageRows, clock: Clock, *, held: bool) -> None:
    """A connection breaks between a commit and the server's answer: what was committed is run again."""
    caps = capped(seconds=100)
    for of in (entry(1), dataclasses.replace(ENTRY, message_id=None, attachment_id=None, stored=False)):
        before = (await rows.used(caps(clock())))[0].seconds
        reservation = await reserved(rows, of, 10, caps) if held else None
        for _ in range(2):
            await rows.settle(reservation, of, clock(), paid(10))
        assert (await rows.used(caps(clock())))[0].seconds == before + 10
    reservation = await reserved(rows, entry(3), 10, caps) if held else None
    found = [
        await rows.settle_some(reservation, entry(3), clock(), paid(4), left=6, row=None) for _ in range(2)
    ]
    assert found[0] == found[1]
    assert (await rows.used(caps(clock())))[0].seconds == (30 if held else 24)


async def test_two_who_ask_the_same_in_private_both_pay(rows: UsageRows) -> None:
    """What is not in the ledger is nobody's other try."""
    caps = capped(seconds=10)
    await reserved(rows, entry(1, stored=False), 6, caps)
    assert isinstance(await rows.reserve(entry(1, stored=False), 6, caps), Cap)


async def test_a_process_alone_gives_up_all_that_is_held(rows: UsageRows, clock: Clock) -> None:
    """What is settled stays."""
    caps = capped(seconds=10)
    await rows.settle(None, entry(1), clock(), paid(4))
    await reserved(rows, entry(2), 6, caps)
    assert await rows.release_all() == 1
    assert (await rows.used(caps(clock())))[0].seconds == 4


async def test_the_first_cost_is_a_guess_that_keeps_nobody_out(rows: UsageRows, clock: Clock) -> None:
    """But while it is open what it comes to, the guess counts; and what the endpoint tells no cost of is not for nothing."""
    caps = capped(cost=0.01)
    held = await reserved(rows, entry(1), 60, caps)
    assert held.cost == pytest.approx(0.03)
    assert isinstance(await rows.reserve(entry(2), 1, caps), Cap)
    await rows.settle(held, entry(1), clock(), paid(60))
    assert isinstance(await rows.reserve(entry(2), 1, caps), Cap)
    assert isinstance(await rows.reserve(entry(3), 1, capped(cost=0)), Cap)


async def test_a_cost_is_estimated_by_the_dearest_of_late(rows: UsageRows, clock: Clock) -> None:
    """By the second; what is short is taken to be longer, because words cost as well."""
    for number, (seconds, cost) in enumerate([(100, 0.1), (100, 0.2), (1, 0.01)]):
        await rows.settle(None, entry(number), clock(), paid(seconds, cost=cost))
    assert (await reserved(rows, entry(7), 50, capped(cost=1))).cost == pytest.approx(0.1)
    assert (await reserved(rows, entry(8), 0.5, capped(cost=1))).cost == pytest.approx(0.02)
    used = (await rows.used(capped(cost=1)(clock())))[0].cost
    assert used == pytest.approx(0.43)
    assert isinstance(await rows.reserve(entry(9), 290, capped(cost=1)), Cap)
    assert (await reserved(rows, entry(9), 280, capped(cost=1))).cost == pytest.approx(0.56)


async def test_what_is_heard_here_costs_nothing(database: Database, clock: Clock) -> None:
    """Its seconds are limited all the same."""
    rows = UsageRows(database, free=True, clock=clock)
    held = await reserved(rows, entry(1), 60, capped(cost=0, seconds=60))
    await rows.settle(held, entry(1), clock(), paid(60))
    assert await rows.used(capped(cost=0, seconds=60)(clock())) == [Used(seconds=60, cost=0)]
    assert isinstance(await rows.reserve(entry(2), 1, capped(seconds=60)), Cap)


async def test_who_it_was_is_forgotten_and_later_all_of_it(
    rows: UsageRows, database: Database, clock: Clock
) -> None:
    """What is kept longest are numbers; the day that is not over keeps its people, because theirs is counted."""
    day = 86_400
    await rows.settle(None, entry(1), clock(), paid(1, cost=0.5))
    clock.now += 30 * day
    await rows.settle(None, entry(2), clock(), paid(2))
    await reserved(rows, entry(3), 4, capped(seconds=10))
    assert await rows.prune(keep_ids_seconds=0.001, keep_seconds=400 * day) == 0
    old, *new = await rows_of(database, sa.select(table).order_by(table.c.reserved_at))
    assert (old.speaker_id, old.asked_by, old.message_id, old.attachment_id, old.ask) == (None,) * 5
    assert (old.guild_id, old.channel_id, old.seconds, old.cost) == (3, 2, 1, 0.5)
    assert [row.asked_by for row in new] == [4, 4]
    # Also where it was forgotten already who asked.
    await rows_of(database, sa.update(table).where(table.c.id == old.id).values(speaker_id=9))
    await rows.prune(keep_ids_seconds=0.001, keep_seconds=400 * day)
    assert (await rows_of(database, sa.select(table.c.speaker_id).order_by(table.c.id)))[0][0] is None
    clock.now += 7200
    assert await rows.prune(keep_ids_seconds=30 * day, keep_seconds=30.5 * day - day) == 2
    assert await count(database) == 1
    assert math.isclose((await rows.used(capped(seconds=1)(clock())))[0].seconds, 2)
