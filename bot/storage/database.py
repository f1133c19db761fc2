"""Opening the database, an SQLite file or a PostgreSQL server, and bringing it up to date."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import alembic.command
import alembic.config
import alembic.util
import sqlalchemy as sa
import sqlalchemy.event
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage import file_lock
from bot.storage.patience import ended

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_LONGEST_QUEUE_SECONDS = 3600.0
"""How long a statement waits for the one connection to an SQLite file before that is an error."""
_ENDING_SECONDS = 2.0
"""How long statements that have begun are waited for at the end."""


class DatabaseError(Exception):
    """The database cannot be used. The text names it, without its password, and says why."""


class DatabaseInUseError(DatabaseError):
    """Another process has the SQLite file."""


def is_embedded(url: str) -> bool:
    """Whether the database at `url` is an SQLite file, which only one process can use."""
    return make_url(url).get_backend_name() == "sqlite"


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url` (`sqlite:///PATH` or `postgresql://…`), closed when the context ends.

    An SQLite file is brought up to date and locked against other processes. A PostgreSQL database has to be up to
    date already (`migrate`), because several processes share it.

    Raises:
        DatabaseInUseError: another process has the SQLite file.
        DatabaseError: it cannot be opened, or is not up to date.
    """
    target = make_url(url)
    shown = target.render_as_string(hide_password=True)
    embedded = is_embedded(url)
    engine = create_async_engine(
        target.set(drivername="sqlite+aiosqlite" if embedded else "postgresql+psycopg"),
        pool_pre_ping=not embedded,
        # A file has one writer at a time anyway; a thousand notes at once wait for their turn, not for an error.
        **({"pool_size": 1, "max_overflow": 0} if embedded else {}),
        pool_timeout=_LONGEST_QUEUE_SECONDS,
        # An error's text may reach a log; what people asked and heard may not.
        hide_parameters=True,
    )
    if embedded:
        sqlalchemy.event.listen(engine.sync_engine, "connect", _pragmas)
    try:
        with _locked(target.database, shown) if embedded else _unlocked():
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(_migrate if embedded else _check_revision)
            except (OSError, SQLAlchemyError, alembic.util.CommandError) as error:
                raise DatabaseError(f"The database {shown} can't be used: {_reason(error)}") from error
            yield engine
    finally:
        await ended(_ENDING_SECONDS)
        await engine.dispose()


@asynccontextmanager
async def opened_to_read(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url` for who only reads, also while a bot has it; closed when the context ends.

    Raises:
        DatabaseError: it cannot be opened, or is not up to date.
    """
    target = make_url(url)
    shown = target.render_as_string(hide_password=True)
    if is_embedded(url):
        # In the form of an address, so that it is opened to read; and a file that is not there is not made.
        path, query = quote(target.database or ""), {"mode": "ro", "uri": "true"}
        target = target.set(drivername="sqlite+aiosqlite", database=f"file:{path}", query=query)
    else:
        target = target.set(drivername="postgresql+psycopg")
    engine = create_async_engine(target, hide_parameters=True)
    try:
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_check_revision)
        except (OSError, SQLAlchemyError, alembic.util.CommandError) as error:
            raise DatabaseError(f"The database {shown} can't be read: {_reason(error)}") from error
        yield engine
    finally:
        await engine.dispose()


async def migrate(url: str) -> None:
    """Bring the database at `url` up to date.

    Raises:
        DatabaseError: that did not work.
    """
    if is_embedded(url):
        async with opened(url):
            return
    target = make_url(url)
    engine = create_async_engine(target.set(drivername="postgresql+psycopg"), hide_parameters=True)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_migrate)
    except (OSError, SQLAlchemyError, alembic.util.CommandError) as error:
        shown = target.render_as_string(hide_password=True)
        raise DatabaseError(f"The database {shown} can't be brought up to date: {_reason(error)}") from error
    finally:
        await engine.dispose()


def insert(engine: AsyncEngine, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into `table` that knows ON CONFLICT, in the SQL dialect of `engine`."""
    return (sqlite if engine.dialect.name == "sqlite" else postgresql).insert(table)


async def alone(connection: AsyncConnection, key: int) -> None:
    """From here to its end, have a transaction go one after the other with all others of the same key.

    Those on an SQLite file do so anyway: there is one connection.

    Args:
        connection: in a transaction.
        key: below 2⁶³; a server's id, for what concerns that server.
    """
    if connection.dialect.name != "sqlite":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def _reason(error: Exception) -> object:
    return getattr(error, "orig", None) or error


def _pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    # What is deleted is overwritten with zeros: what people said must not stay in unused parts of the file.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


@contextmanager
def _locked(path: str | None, shown: str) -> Generator[None]:
    with ExitStack() as stack:
        if path and path != ":memory:":
            try:
                stack.enter_context(file_lock.exclusive(path))
            except file_lock.InUseError as error:
                raise DatabaseInUseError(
                    f"The database {shown} is in use by another Earshot. Stop that one first, or give this one"
                    " a database of its own with DATABASE_URL; several processes can share a PostgreSQL database."
                ) from error
            except OSError as error:
                raise DatabaseError(f"The database {shown} can't be used: {error.strerror}") from error
        yield


@contextmanager
def _unlocked() -> Generator[None]:
    yield


def _config(connection: sa.Connection) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: sa.Connection) -> None:
    alembic.command.upgrade(_config(connection), "head")


def _check_revision(connection: sa.Connection) -> None:
    newest = ScriptDirectory.from_config(_config(connection)).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != newest:
        raise alembic.util.CommandError("it is not up to date. Run: python -m bot migrate")
