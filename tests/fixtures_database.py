"""An empty database of either kind, since what is claimed of the tables holds on both; and a clock for its rows."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from bot import storage
from bot.__main__ import migrate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from benchmarks.postgres import PostgresServer
    from bot.storage import Database


_NEWEST: pytest.StashKey[bytes] = pytest.StashKey()
"""An SQLite file's content that is up to date and empty."""
_LIKES: pytest.StashKey[dict[str, _Likes]] = pytest.StashKey()
_SHAPE = """\
SELECT (SELECT count(*) FROM pg_class), (SELECT max(oid::bigint) FROM pg_class), (SELECT count(*) FROM pg_attribute),
    (SELECT count(*) FROM pg_proc), (SELECT version_num FROM alembic_version)
"""
"""What differs once there are other tables, columns or functions; who changes anything else asks for a database of its own
(`postgres_url`). A copied database begins with the numbers of the one it is copied from."""
_OTHERS = """\
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_NUMBERS = "SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences WHERE schemaname = 'public'"


class _Likes:
    """Databases on a server that are like one: empty, with its tables. To make one takes ten times as long as to empty it."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self._url = url
        self._empty: list[str] = []
        with psycopg.connect(url) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()

    @contextmanager
    def one(self) -> Generator[str]:
        """One for a test alone: its URL."""
        url = self._empty.pop() if self._empty else self._server.database(like=self._url)
        yield url
        # Nobody needs it again: it may be closed to all by then.
        with suppress(psycopg.Error):
            with psycopg.connect(url) as connection:
                others, shape = (connection.execute(query).fetchone() for query in (_OTHERS, _SHAPE))
                if others != (0,) or shape != self._shape:
                    return
                for (name,) in connection.execute(_TABLES).fetchall():
                    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
                connection.execute(_NUMBERS)
            self._empty.append(url)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[str]:
    """Where a database is in which nothing is: no tables either, except for a test that has it open (`database`)."""
    up_to_date = "database" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "a.db"
        if up_to_date:
            await put_newest(path, request.config)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    if not up_to_date:
        yield server.database()
        return
    likes = await _likes(request.config, server, "tables", storage.migrate)
    with likes.one() as url:
        yield url


async def _likes(
    config: pytest.Config, server: PostgresServer, name: str, prepare: Callable[[str], Awaitable[object]]
) -> _Likes:
    """Those like the one that `prepare` makes of an empty database; `name` says what is in it."""
    known = config.stash.setdefault(_LIKES, {})
    if name not in known:
        url = server.database()
        await prepare(url)
        known[name] = _Likes(server, url)
    return known[name]


async def put_newest(path: Path, config: pytest.Config) -> None:
    """Put an SQLite file there in which is what a bot makes that finds none."""
    if _NEWEST not in config.stash:
        await storage.migrate(f"sqlite:///{path}")
        config.stash[_NEWEST] = path.read_bytes()  # noqa: ASYNC240 - a moment
    path.write_bytes(config.stash[_NEWEST])  # noqa: ASYNC240


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
async def fleet_url(request: pytest.FixtureRequest, postgres: PostgresServer) -> AsyncGenerator[str]:
    """Where a database with a queue in it is."""
    likes = await _likes(request.config, postgres, "tables and a queue", migrate)
    with likes.one() as url:
        yield url


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
