"""What both kinds of database have in common: a transaction is a plain function of a connection, run as a whole.

Each method of the storage is written once, as such a function, whichever database runs it.
"""

from __future__ import annotations

import functools
import time
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sqlalchemy.dialects import postgresql

T = TypeVar("T")
P = ParamSpec("P")


class Database(Protocol):
    """An open database."""

    async def run(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run one transaction, and return what it returns once that is committed.

        It waits for a database that is away, busy or full, and then runs anew; a statement that is wrong raises. A
        transaction that has begun is brought to its end even if its caller is cancelled.

        Args:
            work: executes statements on the connection it is called with, in whatever thread. What it raises is raised,
                with nothing of it written. It may be called again after it was undone.
            autocommit: each of its statements may be committed by itself.
        """
        ...

    async def once(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """As `run`, but without waiting for a database that is away: that raises."""
        ...

    async def close(self) -> None:
        """Bring to their ends, for two seconds at most, the transactions that have begun, and close it."""
        ...

    async def empty_log(self) -> None:
        """Let what was deleted go from the database's log, too, as far as that is here. Called every few seconds."""
        ...


class Store:
    """Some of the rows of a database: its methods are transactions.

    Args:
        database: open.
        clock: gives seconds since 1970.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self._clock = clock


_Store = TypeVar("_Store", bound=Store)


def transaction(
    work: Callable[Concatenate[_Store, sa.Connection, P], T],
) -> Callable[Concatenate[_Store, P], Coroutine[Any, Any, T]]:
    """Decorates a store's method that is one transaction: it is called without the connection, and awaited."""
    return _awaited(work, autocommit=False)


def autocommitted(
    work: Callable[Concatenate[_Store, sa.Connection, P], T],
) -> Callable[Concatenate[_Store, P], Coroutine[Any, Any, T]]:
    """As `transaction`, for a method whose statements may each be committed by itself, if there is more than one at all.

    A server then need not be told of a beginning and an end, which are two round trips.
    """
    return _awaited(work, autocommit=True)


def _awaited(
    work: Callable[Concatenate[_Store, sa.Connection, P], T], *, autocommit: bool
) -> Callable[Concatenate[_Store, P], Coroutine[Any, Any, T]]:
    @functools.wraps(work)
    async def run(self: _Store, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.database.run(
            lambda connection: work(self, connection, *args, **kwargs), autocommit=autocommit
        )

    return run


def insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into `table` that knows ON CONFLICT, in the SQL dialect of `connection`."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - megabytes that who has an SQLite file does without

    return postgresql.insert(table)


def alone(connection: sa.Connection, key: int) -> None:
    """From here to its end, have a transaction go one after the other with all others of the same key.

    Those on an SQLite file do so anyway: there is one connection.

    Args:
        connection: in a transaction.
        key: below 2⁶³; a server's id, for what concerns that server.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
