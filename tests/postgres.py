"""A PostgreSQL server for the tests that ask for one: one a worker of the test run."""

from __future__ import annotations

import pytest

from benchmarks.postgres import PostgresServer, binaries

_RUNNING: pytest.StashKey[PostgresServer] = pytest.StashKey()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> PostgresServer:
    """The server, which a test may take away for a while."""
    if binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine (Debian's package: postgresql)")
    # A fixture that several modules import is set up for each of them; the server is one for all.
    if _RUNNING not in pytestconfig.stash:
        server = pytestconfig.stash[_RUNNING] = PostgresServer().__enter__()
        pytestconfig.add_cleanup(lambda: server.__exit__(None, None, None))
    return pytestconfig.stash[_RUNNING]


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """The address of an empty database, for this test alone."""
    return postgres.database()
