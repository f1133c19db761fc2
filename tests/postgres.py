"""A PostgreSQL server for the tests that ask for one: one a worker of the test run, a new database a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.postgres import PostgresServer, binaries

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer]:
    """The server, which a test may take away for a while."""
    if binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine (Debian's package: postgresql)")
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The address of an empty database, for this test alone."""
    return postgres.database()
