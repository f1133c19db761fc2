"""An account through which nothing goes unpaid and nothing unpaid is held."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import errors
from bot.budgets import Entry, Limit, Paid, Period, Used, Whose
from bot.models import Usage
from bot.policy.account import Account
from bot.policy.limits import Limits, ServerLimits
from bot.storage.schema import usage as table
from bot.storage.usage import UsageRows
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

ENTRY = Entry(
    guild_id=3, channel_id=2, speaker_id=4, asked_by=7, ask="listened", message_id=1, attachment_id=5
)
USAGE = Usage(prompt_tokens=300, completion_tokens=100, total_tokens=400, cost=0.01)


class Book:
    """An account with its rows."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.rows = UsageRows(database, clock=clock)
        self.servers: dict[int, ServerLimits] = {}

    def account(self, **limits: Limit) -> Account:
        """With these limits of the operator's."""

        async def server_limits(guild_id: int) -> ServerLimits:
            return self.servers.get(guild_id, ServerLimits())

        return Account(rows=self.rows, limits=Limits(**limits), server_limits=server_limits)

    async def written(self) -> list[tuple[str, float, float | None]]:
        """State, seconds and cost of each row."""
        found = await rows_of(
            self.database, sa.select(table.c.state, table.c.seconds, table.c.cost).order_by(table.c.id)
        )
        return [tuple(row) for row in found]


@pytest.fixture
def book(database: Database, clock: Clock) -> Book:
    """Nothing was paid yet."""
    return Book(database, clock)


MINUTE = Limit(seconds=60.0)


async def test_reserved_before_and_settled_after(book: Book) -> None:
    """By what Discord says, then by what was sent; retries are paid in tokens, and their sound is the same."""
    async with book.account(person_day=MINUTE).charge(ENTRY, 20.0) as charge:
        assert await book.written() == [("reserved", 20.0, None)]
        await charge.about_to_send(19.5)
        charge.paid(Paid(model="a/b", seconds=19.5, usage=USAGE))
        charge.paid(Paid(model="a/b", seconds=0.0, usage=USAGE))
        await charge.settle()
        assert await book.written() == [("settled", 19.5, 0.02)]
    assert await book.written() == [("settled", 19.5, 0.02)]


async def test_without_a_limit_only_what_was_paid_is_written(book: Book) -> None:
    """Nothing before; it counts to the day on which it was begun."""
    async with book.account().charge(ENTRY, 20.0) as charge:
        assert await book.written() == []
        book.clock.now += 86_400
        await charge.about_to_send(1e6)
        charge.paid(Paid(model="a/b", seconds=20.0, usage=None))
    assert await book.written() == [("settled", 20.0, None)]
    assert (await rows_of(book.database, sa.select(table.c.reserved_at)))[0][0] == book.clock() - 86_400


@pytest.mark.parametrize("error", [errors.NoSpeech(), errors.EndpointBusy("away"), asyncio.CancelledError()])
async def test_what_was_not_paid_is_free_again(book: Book, error: BaseException) -> None:
    """Refused, postponed or cancelled."""
    with pytest.raises(type(error)):
        async with book.account(day=MINUTE).charge(ENTRY, 60.0):
            raise error
    assert await book.written() == []


@pytest.mark.parametrize("error", [errors.NoAnswer(), errors.EndpointBusy("away"), asyncio.CancelledError()])
async def test_what_was_paid_is_counted_however_it_ends(book: Book, error: BaseException) -> None:
    """Also where it ended before it was told what it costs: then what was estimated."""

    async def broken_off() -> None:
        async with book.account(day=Limit(cost=5.0)).charge(ENTRY, 60.0) as charge:
            charge.paid(Paid(model="a/b", seconds=60.0, usage=None))
            raise error

    with pytest.raises(type(error)):
        await broken_off()
    assert await book.written() == [("settled", 60.0, pytest.approx(0.03))]


@pytest.mark.parametrize("seconds", [None, 0.0, -5.0, float("nan"), float("inf")])
async def test_a_length_that_is_not_known_before(book: Book, seconds: float | None) -> None:
    """It takes that something is left; how much it is shows once the file is read, before anything is sent."""
    account = book.account(day=MINUTE)
    async with account.charge(ENTRY, 30.0) as other:
        with pytest.raises(errors.OverBudget):
            async with account.charge(ENTRY, seconds) as charge:
                await charge.about_to_send(30.001)
        async with account.charge(ENTRY, seconds) as charge:
            await charge.about_to_send(30.0)
            with pytest.raises(errors.OverBudget):
                async with account.charge(ENTRY, seconds):
                    pass
        other.paid(Paid(model="a/b", seconds=30.0, usage=USAGE))
    assert await book.written() == [("settled", 30.0, 0.01)]


async def test_a_recording_longer_than_was_said(book: Book) -> None:
    """What was paid for counts with what is about to be sent."""
    async with book.account(day=MINUTE).charge(ENTRY, 30.0) as charge:
        await charge.about_to_send(30.0)
        charge.paid(Paid(model="a/b", seconds=20.0, usage=USAGE))
        await charge.about_to_send(40.0)
        with pytest.raises(errors.OverBudget):
            await charge.about_to_send(40.1)


async def test_whose_budget_it_is_and_when_it_opens(book: Book) -> None:
    """Told with the error."""
    book.servers[3] = ServerLimits(month=Limit(seconds=10.0))
    with pytest.raises(errors.OverBudget) as caught:
        async with book.account().charge(ENTRY, 11.0):
            pass
    assert (caught.value.whose, caught.value.period) == (Whose.SERVER, Period.MONTH)
    assert caught.value.opens_at == Period.MONTH.around(book.clock())[1]
    async with book.account().charge(
        Entry(guild_id=None, channel_id=2, speaker_id=4, asked_by=7, ask="x"), 11.0
    ):
        pass


async def test_what_is_left(book: Book) -> None:
    """Each cap, with what is used of it, and held."""
    account = book.account(person_day=MINUTE, day=Limit(cost=1.0))
    async with account.charge(ENTRY, 20.0):
        found = await account.left(3, 7)
    assert [(cap.whose, cap.limit, used.seconds) for cap, used in found] == [
        (Whose.PERSON, MINUTE, 20.0),
        (Whose.BOT, Limit(cost=1.0), 20.0),
    ]
    assert next(used for _, used in await account.left(3, 8)) == Used()


async def test_what_was_paid_of_a_long_note_counts_before_its_end(book: Book) -> None:
    """Though its process is killed then; what is still to come is held, and nothing is counted twice."""
    account = book.account(person_day=MINUTE, month=Limit(cost=1.0))
    async with account.charge(ENTRY, 50.0) as charge:
        await charge.settle_so_far()
        [held] = await book.written()
        assert held[:2] == ("reserved", 50.0)
        charge.paid(Paid(model="a/b", seconds=20.0, usage=USAGE))
        await charge.settle_so_far()
        await charge.settle_so_far()
        rest, first = await book.written()
        assert (rest[:2], first) == (("reserved", 30.0), ("settled", 20.0, 0.01))
        assert rest[2] == pytest.approx((held[2] or 0.0) * 0.6)
        # It is longer than was said; and there is so much left, no more.
        await charge.about_to_send(40.0)
        with pytest.raises(errors.OverBudget):
            await charge.about_to_send(40.1)
        charge.paid(Paid(model="a/b", seconds=40.0, usage=USAGE))
        await charge.settle_so_far()
        await charge.settle()
        assert await book.written() == [("settled", 60.0, 0.02)]
    assert await book.written() == [("settled", 60.0, 0.02)]


@pytest.mark.parametrize("limits", [{}, {"person_day": MINUTE}], ids=["nothing is limited", "minutes are"])
async def test_a_long_note_that_is_cancelled_is_paid_as_far_as_it_came(
    book: Book, limits: dict[str, Limit]
) -> None:
    """In one row, whatever was written down of it before; nothing of it is held."""

    async def half_way() -> None:
        async with book.account(**limits).charge(ENTRY, 50.0) as charge:
            charge.paid(Paid(model="a/b", seconds=20.0, usage=USAGE))
            await charge.settle_so_far()
            charge.paid(Paid(model="a/b", seconds=10.0, usage=USAGE))
            raise errors.EndpointBusy("away")

    with pytest.raises(errors.EndpointBusy):
        await half_way()
    assert await book.written() == [("settled", 30.0, 0.02)]


@pytest.mark.parametrize("limits", [{}, {"person_day": MINUTE}], ids=["nothing is limited", "minutes are"])
async def test_who_is_cancelled_while_it_is_written_down_pays_once(
    book: Book, limits: dict[str, Limit]
) -> None:
    """What a part has cost is on its way into the database when another part fails: it is there then, and in one row."""
    async with book.account(**limits).charge(ENTRY, 50.0) as charge:
        charge.paid(Paid(model="a/b", seconds=20.0, usage=USAGE))
        writing = asyncio.create_task(charge.settle_so_far())
        # It is begun, and waits for the database.
        for _ in range(3):
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    assert await book.written() == [("settled", 20.0, 0.01)]


async def test_what_costs_nobody_knows_what_is_estimated_by_its_length(book: Book) -> None:
    """Of a part, its share; and of all in the end, however often it turned out to be longer."""
    cost = Limit(cost=1.0)
    async with book.account(month=cost).charge(ENTRY, 20.0) as charge:
        [(_, _, estimated)] = await book.written()
        assert estimated
        charge.paid(Paid(model="a/b", seconds=10.0, usage=None))
        await charge.settle_so_far()
        rest, first = await book.written()
        assert rest == ("reserved", 10.0, pytest.approx(estimated / 2))
        assert first == ("settled", 10.0, pytest.approx(estimated / 2))
        await charge.about_to_send(30.0)
        charge.paid(Paid(model="a/b", seconds=30.0, usage=None))
    assert await book.written() == [("settled", 40.0, pytest.approx(estimated * 2))]
