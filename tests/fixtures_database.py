"""An empty database of either kind, since what is claimed of the tables holds on both; and a clock for its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot import storage
from bot.__main__ import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from bot.storage import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/a.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """A database that is up to date, open."""
    await storage.migrate(database_url)
    async with storage.opened(database_url) as database:
        yield database


async def rows_of(database: Database, statement: sa.Executable) -> Sequence[sa.Row[Any]]:
    """Execute a statement: what it returns, if it returns rows."""

    def work(connection: sa.Connection) -> Sequence[sa.Row[Any]]:
        result = connection.execute(statement)
        return result.all() if result.returns_rows else []

    return await database.run(work)


@pytest.fixture
async def fleet_url(postgres_url: str) -> str:
    """Where a database with a queue in it is."""
    await migrate(postgres_url)
    return postgres_url


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
