"""An SQLite file: one thread runs all transactions, and those that wait at the same moment share a commit."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from bot.storage.patience import Patience, is_busy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

_MOST_TOGETHER = 64
"""Transactions that share a commit: each waits for all of them."""
_ENDING_SECONDS = 2.0
"""How long transactions that have come in are waited for at the end."""


class ClosedError(Exception):
    """The file was closed before the transaction came in."""


@dataclass(slots=True, eq=False)
class _Call:
    """A transaction that somebody waits for, and how it went."""

    work: Callable[[sa.Connection], Any]
    future: asyncio.Future[Any]
    alone: bool
    """Whether it is no transaction, and goes between them."""
    result: Any = None
    error: Exception | None = None

    def tell(self) -> None:
        """Hand over how it went; its caller may be gone."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class SqliteFile:
    """A database in an SQLite file, a `Database`. Made in a running event loop.

    Args:
        url: `sqlite:///…`.
        pragmas: how its connection is set up.
    """

    def __init__(self, url: sa.URL, pragmas: Sequence[str] = ()) -> None:
        self._engine = sa.create_engine(
            url.set(drivername="sqlite+pysqlite"),
            # Here it is said where transactions begin and end: the driver's own idea of that knows no savepoints.
            isolation_level="AUTOCOMMIT",
            # An error's text may reach a log; what people asked and heard may not.
            hide_parameters=True,
        )
        self._pragmas = pragmas
        self._patience = Patience()
        self._loop = asyncio.get_running_loop()
        self._calls: queue.SimpleQueue[_Call | None] = queue.SimpleQueue()
        self._closing = False
        self._emptied_at: int | None = None
        """How many rows had been changed when the write-ahead log was last empty."""
        self._thread = threading.Thread(target=self._serve, name="database", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run one transaction; see `Database.run`."""
        return await self._patience.run(lambda: self.once(work, autocommit=autocommit))

    async def once(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run one transaction; see `Database.once`. It costs the same however many statements it has."""
        del autocommit
        return await self._called(work)

    async def empty_log(self) -> None:
        """Write the write-ahead log into the database and cut it to nothing, if anything was written since the last time.

        It goes on holding what was deleted until then. If the database is busy, the next call does it.
        """
        await self._called(self._empty_log, alone=True)

    async def close(self) -> None:
        """Run what has come in, for two seconds at most, and close the file."""
        self._closing = True
        self._calls.put(None)
        await asyncio.to_thread(self._thread.join, _ENDING_SECONDS)

    async def _called(self, work: Callable[[sa.Connection], T], *, alone: bool = False) -> T:
        if self._closing:
            raise ClosedError
        future: asyncio.Future[T] = self._loop.create_future()
        self._calls.put(_Call(work, future, alone))
        return await future

    # The rest runs in the thread.

    def _serve(self) -> None:
        connection: sa.Connection | None = None
        ending = False
        while not ending:
            calls, ending = self._waiting()
            try:
                if connection is None:
                    connection = self._connected()
                _run(connection, [call for call in calls if not call.alone])
                for call in calls:
                    if call.alone:
                        _run_alone(connection, call)
            except Exception as error:  # noqa: BLE001 - it is told to those who wait
                _fail(calls, error)
            if calls and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(_tell, calls)
        if connection is not None:
            connection.close()
        self._engine.dispose()

    def _waiting(self) -> tuple[list[_Call], bool]:
        """The transactions that wait, as soon as there are any; and whether they are the last."""
        calls: list[_Call] = []
        call = self._calls.get()
        while call is not None:
            calls.append(call)
            if len(calls) == _MOST_TOGETHER:
                break
            try:
                call = self._calls.get_nowait()
            except queue.Empty:
                break
        return calls, call is None

    def _connected(self) -> sa.Connection:
        connection = self._engine.connect()
        try:
            for pragma in self._pragmas:
                connection.exec_driver_sql(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _empty_log(self, connection: sa.Connection) -> None:
        driver = _driver(connection)
        changes = driver.total_changes
        if changes == self._emptied_at:
            return
        # Who reads for long, as a backup does, is not waited for: all transactions would wait here, too.
        [patience] = driver.execute("PRAGMA busy_timeout").fetchone()
        driver.execute("PRAGMA busy_timeout=0")
        try:
            [busy, *_] = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            driver.execute(f"PRAGMA busy_timeout={patience}")
        if not busy:
            self._emptied_at = changes


def _run(connection: sa.Connection, calls: Sequence[_Call]) -> None:
    """Run transactions and commit them together; where that fails, each for itself."""
    if not calls:
        return
    driver = _driver(connection)
    try:
        driver.execute("BEGIN")
        if len(calls) == 1:
            calls[0].result = calls[0].work(connection)
        else:
            _run_together(connection, calls)
        driver.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - it is told to those who wait
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        # Another process that keeps the file to itself is waited for once, and not by each.
        if len(calls) == 1 or is_busy(error):
            _fail(calls, error)
            return
        for call in calls:
            call.error = None
            _run(connection, [call])


def _run_together(connection: sa.Connection, calls: Sequence[_Call]) -> None:
    """Run each in a savepoint: what fails is undone alone.

    Raises:
        Exception: as one of them did, if it has undone them all, as a full disk does, or if the file is busy.
    """
    driver = _driver(connection)
    for call in calls:
        driver.execute("SAVEPOINT one")
        try:
            call.result = call.work(connection)
        except Exception as error:
            if is_busy(error) or not driver.in_transaction:
                raise
            call.error = error
            driver.execute("ROLLBACK TO one")
        driver.execute("RELEASE one")


def _run_alone(connection: sa.Connection, call: _Call) -> None:
    try:
        call.work(connection)
    except Exception as error:  # noqa: BLE001 - likewise
        call.error = error


def _fail(calls: Sequence[_Call], error: Exception) -> None:
    for call in calls:
        call.error = error


def _tell(calls: Sequence[_Call]) -> None:
    for call in calls:
        call.tell()


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - there is no other driver
    return driver
