"""The database: its tables, the two kinds of it, and bringing one up to date."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import alembic.command
import alembic.config
import alembic.util
import sqlalchemy as sa
import sqlalchemy.event
import structlog
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from tenacity import RetryCallState, retry, retry_if_exception, wait_exponential

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Generator

    from sqlalchemy.ext.asyncio import AsyncEngine

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("earshot.database")

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

server_settings = sa.Table(
    "server_settings",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # 0: the whole server. NULL cannot be part of a primary key.
    sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attachment_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # What is asked of it: one attachment can be answered for more than one reason.
    sa.Column("ask", sa.String(40), primary_key=True),
    # The server, or the author of a direct message.
    sa.Column("home_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    # How often decoding it was begun and not survived.
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    # Counts who began work on it: only the last to begin may write. A worker taken for dead may still be alive.
    sa.Column("turn", sa.Integer, nullable=False, server_default="0"),
    # When to see to it that somebody works on it, whatever became of its job. Seconds since 1970.
    sa.Column("due_at", sa.Float, nullable=False, server_default="0"),
    # Of a direct message. Discord lists those channels to nobody; this is how they are found again.
    sa.Column("direct", sa.Boolean, nullable=False, server_default=sa.false()),
    # What is needed to work on the note; emptied when it is finished.
    sa.Column("note", sa.JSON, nullable=False),
    # The model's answer, from the moment it is whole to the moment it is posted.
    sa.Column("answer", sa.Text),
    # Where the answer stands: so that it can be found again, and deleted with the note.
    sa.Column("posted", sa.JSON(none_as_null=True)),
    sa.Column("seconds", sa.Float),
    sa.Column("tokens", sa.Integer),
    sa.Column("cost", sa.Float),
    # Seconds since 1970, UTC.
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
)

watermarks = sa.Table(
    "watermarks",
    metadata,
    sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
    # The newest message that was surely seen.
    sa.Column("message_id", sa.BigInteger, nullable=False),
)


_SQLITE_PASSES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_POSTGRESQL_PASSES = ("08", "25006", "28", "40", "53", "55", "57", "58")
"""Beginnings of SQLSTATE: connection, read only (a standby), refused for now, serialisation, resources, locks,
shutdown, system."""


_LONGEST_TURN = 3600.0


class DatabaseError(Exception):
    """The database cannot be used; the text says where it is and what the trouble is."""


def is_embedded(url: str) -> bool:
    """Whether the database is a file of this process's own."""
    return make_url(url).get_backend_name() == "sqlite"


def passes(error: BaseException) -> bool:
    """Whether a database was away, busy or full, and may be well again; not whether a statement is wrong."""
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # The lower eight bits tell the kind, the upper ones which of it.
        return (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_PASSES
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_POSTGRESQL_PASSES)


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("the database is away", error=type(error).__name__, attempt=state.attempt_number)


_under_way: set[asyncio.Task[Any]] = set()


def patiently(statement: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Has a statement wait for a database that is away, for as long as it takes: nothing is lost meanwhile.

    One that has begun is brought to its end even if its caller is cancelled: cut off half way, it would keep its lock
    on all of an SQLite file for as long as anything remembers it.
    """

    @retry(retry=retry_if_exception(passes), wait=wait_exponential(multiplier=0.1, max=5), before_sleep=_tell)
    @functools.wraps(statement)
    async def to_its_end(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.create_task(statement(*args, **kwargs))
        _under_way.add(task)
        task.add_done_callback(_ended)
        return await asyncio.shield(task)

    return to_its_end


def _ended(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()  # looked at here, since its caller may be gone


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url` (`sqlite:///PATH` or `postgresql://…`); closed at the end.

    A file is brought up to date and kept from other processes; a server has to be up to date (`migrate`).

    Raises:
        DatabaseError: it cannot be opened, belongs to another process, or is not up to date.
    """
    target = make_url(url)
    shown = target.render_as_string(hide_password=True)
    embedded = is_embedded(url)
    engine = create_async_engine(
        target.set(drivername="sqlite+aiosqlite" if embedded else "postgresql+psycopg"),
        pool_pre_ping=not embedded,
        # A file has one writer at a time anyway; a thousand notes at once wait for their turn, not for an error.
        **({"pool_size": 1, "max_overflow": 0} if embedded else {}),
        pool_timeout=_LONGEST_TURN,
        # An error's text may reach a log; what people asked and heard may not.
        hide_parameters=True,
    )
    if embedded:
        sqlalchemy.event.listen(engine.sync_engine, "connect", _pragmas)
    try:
        with _alone(target.database) if embedded else _shared():
            try:
                async with engine.begin() as connection:
                    await connection.run_sync(_migrate if embedded else _check_revision)
            except (OSError, SQLAlchemyError, alembic.util.CommandError) as error:
                raise DatabaseError(f"The database {shown} can't be used: {_reason(error)}") from error
            yield engine
    finally:
        await engine.dispose()


async def migrate(url: str) -> None:
    """Bring the database up to date.

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
    """An INSERT that knows ON CONFLICT, in the dialect of `engine`."""
    return (sqlite if engine.dialect.name == "sqlite" else postgresql).insert(table)


def _reason(error: Exception) -> object:
    return getattr(error, "orig", None) or error


def _pragmas(connection: Any, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


@contextmanager
def _alone(path: str | None) -> Generator[None]:
    """Keep other processes from this database file: two bots on one file would answer everything twice."""
    if not path or path == ":memory:":
        yield
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        lock = Path(f"{path}.lock").open("w")  # noqa: SIM115 - held to the end
    except OSError as error:
        raise DatabaseError(f"The database sqlite:///{path} can't be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseError(
                f"The database sqlite:///{path} is in use by another Earshot. Stop that one first, or give this one"
                " a database of its own with DATABASE_URL; several processes can share a PostgreSQL database."
            ) from error
        yield


@contextmanager
def _shared() -> Generator[None]:
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
