"""A statement waits for a database that is away; one that is wrong does not, and none is left half done."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy.event
import structlog.testing
from sqlalchemy.exc import OperationalError, ProgrammingError

from bot.models import Claim, State
from bot.storage import Ledger, patience
from tests.fixtures import file_of, note_of
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
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
            async with asyncio.timeout(20):
                while len(logs) < 2:  # noqa: ASYNC110 - a log cannot be waited for
                    await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            assert await receiving == 1
            await settling
    assert {line["log_level"] for line in logs} == {"warning"}
    assert [claim.note for claim in await ledger.claim(1)] == [note(file=6)]


async def test_a_caller_that_is_cancelled_keeps_the_database_from_nobody(
    database: Database, ledger: Ledger
) -> None:
    """A statement that is under way comes to its end: half done, it would hold a lock on the whole file."""
    await ledger.receive([note()])
    beginning = asyncio.create_task(ledger.claim(1))

    def cancel(*_: object) -> None:
        asyncio.get_running_loop().call_soon(beginning.cancel)

    sqlalchemy.event.listen(database.sync_engine, "before_cursor_execute", cancel, once=True)
    with suppress(asyncio.CancelledError):
        await beginning
    assert beginning.cancelled()
    async with asyncio.timeout(5):
        [claim] = await ledger.claim(1)
    assert claim.number == 2


async def test_what_has_begun_is_waited_for_at_the_end() -> None:
    """For so long; its caller may be gone."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    done: list[bool] = []

    @patience.waits_for_database
    async def statement() -> None:
        begun.set()
        await go_on.wait()
        done.append(True)

    caller = asyncio.create_task(statement())
    await begun.wait()
    caller.cancel()
    await patience.ended(0.0)
    assert done == []
    go_on.set()
    await patience.ended(10.0)
    assert done == [True]
