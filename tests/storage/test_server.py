"""A PostgreSQL server: as few round trips as can be, and connections that were cut off are not noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy as sa
import structlog.testing

from bot.storage import Watermarks
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.mark.parametrize("autocommit", [False, True])
async def test_a_connection_that_was_cut_off_is_not_noticed(
    database: Database,
    database_url: str,
    *,
    autocommit: bool,
) -> None:
    """By a server that was started anew, or a firewall that forgets who is quiet: nobody is told, nobody waits."""
    await Watermarks(database).put(0, 1)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with structlog.testing.capture_logs() as logs:
        found = await database.once(
            lambda connection: connection.execute(sa.text("SELECT message_id FROM watermarks")).scalar(),
            autocommit=autocommit,
        )
    assert (found, logs) == (1, [])


@pytest.mark.parametrize("autocommit", [False, True])
async def test_statements_that_stand_alone_have_no_transaction_around_them(
    database: Database,
    *,
    autocommit: bool,
) -> None:
    """Its beginning and its end would be two more round trips."""

    def moments(connection: sa.Connection) -> tuple[object, object]:
        first, second = (connection.execute(sa.text("SELECT now()")).scalar_one() for _ in range(2))
        return first, second

    first, second = await database.run(moments, autocommit=autocommit)
    assert (first != second) is autocommit
