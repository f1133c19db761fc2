"""The PostgreSQL server that tests and benchmarks start for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from benchmarks.postgres import PostgresServer

__all__ = ["postgres", "postgres_url"]


def test_each_database_is_new(postgres: PostgresServer, postgres_url: str) -> None:
    """A table made in one database is not in the next."""
    other = postgres.database()
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE notes (id bigint)")
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('notes')").fetchone() == (None,)


def test_what_was_committed_survives_a_crash(postgres: PostgresServer, postgres_url: str) -> None:
    """While the server is stopped, connections are cut and refused; afterwards the data is there, at the same address."""
    with psycopg.connect(postgres_url, autocommit=True) as writing:
        writing.execute("CREATE TABLE notes (id bigint)")
        writing.execute("INSERT INTO notes VALUES (17)")
        with postgres.away():
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(postgres_url, connect_timeout=2)
            with pytest.raises(psycopg.OperationalError):
                writing.execute("SELECT 1")
    with psycopg.connect(postgres_url) as reading:
        assert reading.execute("SELECT id FROM notes").fetchall() == [(17,)]


def test_it_is_gone_at_the_end() -> None:
    """After the context ends, nothing listens on its port any more."""
    from benchmarks.postgres import PostgresServer  # noqa: PLC0415

    with PostgresServer() as server:
        address = server.database()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address, connect_timeout=2)
