"""An empty database of either kind, since what is claimed of the tables holds on both; and a clock for its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bot import storage
from bot.__main__ import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from benchmarks.postgres import PostgresServer
    from bot.storage import Database


_NEWEST: pytest.StashKey[dict[str, bytes | str]] = pytest.StashKey()
"""A database of each kind that is up to date and empty: an SQLite file's content, a PostgreSQL database's URL, one's with a queue."""


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a database is in which nothing is: no tables either, except for a test that has it open (`database`)."""
    up_to_date = "database" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "a.db"
        if up_to_date:
            await put_newest(path, request.config)
        return f"sqlite:///{path}"
    newest = request.config.stash.setdefault(_NEWEST, {})
    server: PostgresServer = request.getfixturevalue("postgres")
    if up_to_date and "postgresql" not in newest:
        newest["postgresql"] = server.database()
        await storage.migrate(newest["postgresql"])
    return server.database(like=cast("str", newest["postgresql"]) if up_to_date else None)


async def put_newest(path: Path, config: pytest.Config) -> None:
    """Put an SQLite file there in which is what a bot makes that finds none."""
    newest = config.stash.setdefault(_NEWEST, {})
    if "sqlite" not in newest:
        await storage.migrate(f"sqlite:///{path}")
        newest["sqlite"] = path.read_bytes()  # noqa: ASYNC240 - a moment
    path.write_bytes(cast("bytes", newest["sqlite"]))  # noqa: ASYNC240


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """A database that is up to date, open."""
    async with storage.opened(database_url) as database:
        yield database


async def rows_of(database: Database, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
    """Execute a statement: what it returns, if it returns rows."""

    def work(connection: sa.Connection) -> Sequence[sa.Row[Any]]:
        result = connection.execute(statement)
        return result.all() if result.returns_rows else []

    return await database.run(work)


@pytest.fixture
async def fleet_url(request: pytest.FixtureRequest, postgres: PostgresServer) -> str:
    """Where a database with a queue in it is."""
    newest = request.config.stash.setdefault(_NEWEST, {})
    if "fleet" not in newest:
        newest["fleet"] = postgres.database()
        await migrate(newest["fleet"])
    return postgres.database(like=cast("str", newest["fleet"]))


class Clock:
    """Shows what it is set to, in seconds since 1970."""

    def __init__(self) -> None:
        self.now = 1_000_000.5

    def __call__(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Stands still until a test moves it."""
    return Clock()
