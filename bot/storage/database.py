"""Opening the database, an SQLite file or a PostgreSQL server, and bringing it up to date."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import system
from bot.storage import revisions
from bot.storage.sqlite_file import SqliteFile

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    import sqlalchemy as sa

    from bot.storage.transactions import Database

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=10000",
    # What is deleted is overwritten with zeros: what people said must not stay in unused parts of the file.
    "secure_delete=ON",
)

_NOTICED = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""How PostgreSQL's library notices that whoever is at the other end is gone without a word (in seconds; the last in milliseconds).
Its own settings are the system's: two hours, and a quarter of one."""


class DatabaseError(Exception):
    """The database cannot be used. The text names it, without its password, and says why."""


class DatabaseInUseError(DatabaseError):
    """Another process has the SQLite file."""


def is_embedded(url: str) -> bool:
    """Whether the database at `url` is an SQLite file, which only one process can use."""
    return make_url(url).get_backend_name() == "sqlite"


def noticing(url: sa.URL) -> sa.URL:
    """The address with settings that make a dead connection fail within half a minute, unless it has others."""
    return url.update_query_dict({name: value for name, value in _NOTICED.items() if name not in url.query})


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[Database]:
    """The database at `url` (`sqlite:///PATH` or `postgresql://…`), closed when the context ends.

    An SQLite file is brought up to date and locked against other processes. A PostgreSQL database has to be up to
    date already (`migrate`), because several processes share it.

    Raises:
        DatabaseInUseError: another process has the SQLite file.
        DatabaseError: it cannot be opened, or is not up to date.
    """
    target, shown = _named(url)

    def refused(reason: object) -> DatabaseError:
        return DatabaseError(f"The database {shown} can't be used: {reason}")

    if not is_embedded(url):
        async with _prepared(_server(target), revisions.check, refused) as database:
            yield database
        return
    with _locked(target.database, shown):
        async with _prepared(SqliteFile(target, _PRAGMAS), revisions.upgrade, refused) as database:
            yield database


@asynccontextmanager
async def opened_to_read(url: str) -> AsyncGenerator[Database]:
    """The database at `url` for who only reads, also while a bot has it; closed when the context ends.

    Raises:
        DatabaseError: it cannot be opened, or is not up to date.
    """
    target, shown = _named(url)
    if is_embedded(url):
        # In the form of an address, so that it is opened to read; and a file that is not there is not made.
        path, query = quote(target.database or ""), {"mode": "ro", "uri": "true"}
        kind = SqliteFile(target.set(database=f"file:{path}", query=query))
    else:
        kind = _server(target)

    def refused(reason: object) -> DatabaseError:
        return DatabaseError(f"The database {shown} can't be read: {reason}")

    async with _prepared(kind, revisions.check, refused) as database:
        yield database


async def migrate(url: str) -> None:
    """Bring the database at `url` up to date.

    Raises:
        DatabaseError: that did not work.
    """
    if is_embedded(url):
        async with opened(url):
            return
    target, shown = _named(url)

    def refused(reason: object) -> DatabaseError:
        return DatabaseError(f"The database {shown} can't be brought up to date: {reason}")

    async with _prepared(_server(target), revisions.upgrade, refused):
        return


def _named(url: str) -> tuple[sa.URL, str]:
    """A database's address, and how it is shown: without its password."""
    target = make_url(url)
    return target, target.render_as_string(hide_password=True)


def _server(target: sa.URL) -> Database:
    from bot.storage.server import Server  # noqa: PLC0415 - who has an SQLite file needs no asyncio and no ORM for it

    return Server(target)


@asynccontextmanager
async def _prepared(
    database: Database, work: Callable[[sa.Connection], None], refused: Callable[[object], DatabaseError]
) -> AsyncGenerator[Database]:
    """A database on which `work` was done first, closed when the context ends.

    Raises:
        DatabaseError: it could not be done: what `refused` makes of the reason.
    """
    try:
        try:
            await database.once(work)
        except (OSError, SQLAlchemyError, sqlite3.Error, revisions.RevisionError) as error:
            raise refused(getattr(error, "orig", None) or error) from error
        yield database
    finally:
        await database.close()


@contextmanager
def _locked(path: str | None, shown: str) -> Generator[None]:
    with ExitStack() as stack:
        if path and path != ":memory:":
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(system.locked_file(Path(f"{path}.lock")))
            except system.InUseError as error:
                raise DatabaseInUseError(
                    f"The database {shown} is in use by another Earshot. Stop that one first, or give this one"
                    " a database of its own with DATABASE_URL; several processes can share a PostgreSQL database."
                ) from error
            except OSError as error:
                raise DatabaseError(f"The database {shown} can't be used: {error.strerror}") from error
        yield
