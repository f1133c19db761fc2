"""Transactions that wait for a database that is away, instead of failing."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

log = structlog.get_logger("earshot.database")

_LONGEST_PAUSE = 5.0
_LONGEST_WAIT = 30.0
"""Seconds that others are waited for, at most: they may fail for a reason of their own."""
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_PASSES = _SQLITE_BUSY | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
_POSTGRESQL_PASSES = ("08", "25006", "28", "40", "53", "55", "57", "58")
"""Beginnings of SQLSTATE codes: connection lost, read only (a standby), refused for now, serialisation failure, out of
resources, locked, shutting down, system error. See the appendix "PostgreSQL Error Codes" of its manual."""


class Patience:
    """Runs the transactions of one database until it takes them.

    While it is away, one of those that wait tries again and again, with pauses from 0.1 to 5 seconds, and the others wait for
    that one: hundreds may wait, each of which would hold an error and the frames it came through, and have a line in the log.
    """

    def __init__(self) -> None:
        self._back: asyncio.Event | None = None
        """While somebody tries: set once they are done."""
        self._waiting = 0

    async def run(self, transaction: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What a transaction returns. Only what may pass by itself is waited for; a statement that is wrong raises."""
        while True:
            try:
                return await transaction()
            except Exception as error:
                if not passes(error):
                    raise
            if self._back is None:
                return await self._tried(transaction)
            await self._others_done(self._back)

    async def _tried(self, transaction: Callable[[], Coroutine[Any, Any, T]]) -> T:
        self._back = back = asyncio.Event()

        async def again() -> T:
            return await transaction()

        try:
            result: T = await AsyncRetrying(
                retry=retry_if_exception(passes),
                wait=wait_exponential(multiplier=0.1, max=_LONGEST_PAUSE),
                before_sleep=self._tell,
            )(again)
        finally:
            self._back = None
            back.set()
        log.info("the database is back", waiting=self._waiting)
        return result

    async def _others_done(self, back: asyncio.Event) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await back.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting -= 1

    def _tell(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log.warning(
            "the database is away",
            error=type(error).__name__,
            attempt=state.attempt_number,
            waiting=self._waiting,
        )


def passes(error: BaseException) -> bool:
    """Whether `error` says that the database is away, busy or full for now, and not that a statement is wrong."""
    cause = _cause(error)
    if isinstance(cause, sqlite3.Error):
        return _code(cause) in _SQLITE_PASSES
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    state: str | None = getattr(cause, "sqlstate", None)
    return state is None or state.startswith(_POSTGRESQL_PASSES)


def is_busy(error: BaseException) -> bool:
    """Whether `error` says that another process keeps an SQLite file to itself, so that any other statement meets it, too."""
    cause = _cause(error)
    return isinstance(cause, sqlite3.Error) and _code(cause) in _SQLITE_BUSY


def _cause(error: BaseException) -> BaseException | None:
    """What the driver has raised."""
    return error.orig if isinstance(error, DBAPIError) else error


def _code(error: sqlite3.Error) -> int:
    # The lower eight bits are SQLite's primary result code, the upper ones say more about it.
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
