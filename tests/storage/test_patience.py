"""A statement waits for a database that is away; one that is wrong does not, and none is left half done."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
import structlog.testing
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot import storage
from bot.models import Claim, State
from bot.storage import Ledger, Watermarks, patience
from bot.storage.schema import watermarks
from tests.fixtures import file_of, note_of
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.postgres import PostgresServer
    from bot.models import VoiceNote
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]


@pytest.fixture
def ledger(database: Database) -> Ledger:
    """Whose statements they are."""
    return Ledger(database)


def note(file: int = 5) -> VoiceNote:
    """A note in message 1."""
    return note_of(message_id=1, attachment=file_of(id=file))


def claim() -> Claim:
    """A claim on it, before any other."""
    return Claim(note=note())


def locked() -> OperationalError:
    """What a file that is busy gives."""
    connections = [sqlite3.connect("file:busy?mode=memory&cache=shared", uri=True) for _ in range(2)]
    try:
        connections[0].execute("CREATE TABLE a (b)")
        connections[0].execute("BEGIN IMMEDIATE")
        connections[0].execute("INSERT INTO a VALUES (1)")
        connections[1].execute("SELECT * FROM a")
    except sqlite3.OperationalError as error:
        return OperationalError("", {}, error)
    finally:
        for connection in connections:
            connection.close()
    raise AssertionError("it was not busy")


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (locked(), True),
        (OperationalError("", {}, sqlite3.OperationalError("no such table: notes")), False),
        (OperationalError("", {}, psycopg.OperationalError("connection refused")), True),
        (OperationalError("", {}, psycopg.errors.AdminShutdown("shutting down")), True),
        (OperationalError("", {}, psycopg.errors.TooManyConnections("too many")), True),
        (OperationalError("", {}, psycopg.errors.InvalidCatalogName("no such database")), False),
        (ProgrammingError("", {}, psycopg.errors.UndefinedTable("no such table")), False),
        # As the driver raises it, at the end of a transaction.
        (locked().orig, True),
        (LookupError(), False),
    ],
)
def test_only_what_passes_is_waited_for(error: Exception, passes: bool) -> None:  # noqa: FBT001
    """A statement that is wrong would be tried for ever."""
    assert patience.passes(error) is passes


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_is_away_is_waited_for(ledger: Ledger, postgres: PostgresServer) -> None:
    """Nothing is lost, nothing is written twice, and the log tells of it."""
    await ledger.receive([note()])
    with structlog.testing.capture_logs() as logs:
        with postgres.away():
            receiving = asyncio.create_task(ledger.receive([note(), note(file=6)]))
            settling = asyncio.create_task(ledger.settle(claim(), State.POSTED))
            await lines(logs, 2)
        async with asyncio.timeout(20):
            assert await receiving == 1
            await settling
    assert {line["event"] for line in logs} == {"the database is away", "the database is back"}
    assert [claim.note for claim in await ledger.claim(1)] == [note(file=6)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_many_that_wait_one_tries(ledger: Ledger, postgres: PostgresServer) -> None:
    """The others have neither attempts nor lines in the log of their own; whoever tries may give up, and another goes on."""
    with structlog.testing.capture_logs() as logs:
        with postgres.away():
            first = asyncio.create_task(ledger.receive([note()]))
            await lines(logs, 2)
            others = [asyncio.create_task(ledger.receive([note(file=file)])) for file in range(100, 300)]
            while logs[-1]["waiting"] < 200:
                await lines(logs, len(logs) + 1)
            first.cancel()
            await asyncio.wait([first])
            since = len(logs)
            await lines(logs, since + 3)
            assert logs[-1]["waiting"] == 199
        async with asyncio.timeout(20):
            assert sum(await asyncio.gather(*others)) == 200
    assert len(logs) < since + 20


async def lines(logs: Sequence[object], count: int) -> None:
    """Wait until there are so many lines."""
    async with asyncio.timeout(20):
        while len(logs) < count:  # noqa: ASYNC110 - a log cannot be waited for
            await asyncio.sleep(0.01)


async def test_nobody_waits_for_another_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one waits for may be its own trouble alone."""
    monkeypatch.setattr(patience, "_LONGEST_WAIT", 0.05)
    shared, free = patience.Patience(), asyncio.Event()

    async def stuck() -> None:
        if not free.is_set():
            raise locked()

    attempts = iter([locked(), locked(), None])

    async def lucky() -> None:
        if error := next(attempts):
            raise error

    one = asyncio.create_task(shared.run(stuck))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await shared.run(lucky)
    assert not one.done()
    free.set()
    await one


async def test_a_caller_that_is_cancelled_keeps_the_database_from_nobody(database: Database) -> None:
    """A transaction that is under way comes to its end: half done, it would hold its locks."""
    loop = asyncio.get_running_loop()

    def work(connection: sa.Connection) -> None:
        for shard in range(2):
            connection.execute(sa.insert(watermarks).values(shard_id=shard, message_id=1))
            # Once it has the first row: whoever wrote that one sooner would be in its way.
            loop.call_soon_threadsafe(caller.cancel)

    caller = asyncio.create_task(database.run(work))
    with suppress(asyncio.CancelledError):
        await caller
    assert caller.cancelled()
    async with asyncio.timeout(5):
        await Watermarks(database).put(0, 5)
        assert [await Watermarks(database).get(shard) for shard in range(2)] == [5, 1]


async def test_what_has_begun_is_waited_for_at_the_end(database_url: str) -> None:
    """Its caller may be gone."""
    await storage.migrate(database_url)
    async with storage.opened(database_url) as database:
        caller = asyncio.create_task(Watermarks(database).put(0, 7))
        await asyncio.sleep(0)
        caller.cancel()
    assert caller.cancelled()
    async with storage.opened(database_url) as database:
        assert await Watermarks(database).get(0) == 7
