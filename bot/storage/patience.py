"""Statements that wait for a database that is away, instead of failing."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from tenacity import RetryCallState, retry, retry_if_exception, wait_exponential

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("earshot.database")

_SQLITE_PASSES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
_POSTGRESQL_PASSES = ("08", "25006", "28", "40", "53", "55", "57", "58")
"""Beginnings of SQLSTATE codes: connection lost, read only (a standby), refused for now, serialisation failure, out of
resources, locked, shutting down, system error. See the appendix "PostgreSQL Error Codes" of its manual."""

_under_way: set[asyncio.Task[Any]] = set()


def waits_for_database(statement: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Decorates a coroutine function that runs one transaction: it is repeated until the database takes it.

    Only what may pass by itself is waited for, with pauses from 0.1 to 5 seconds; a statement that is wrong raises.
    A transaction that has begun is brought to its end even if its caller is cancelled: one that is cut off half way
    keeps its lock on the whole SQLite file for as long as anything holds a reference to it.
    """

    @retry(retry=retry_if_exception(passes), wait=wait_exponential(multiplier=0.1, max=5), before_sleep=_tell)
    @functools.wraps(statement)
    async def to_its_end(*args: P.args, **kwargs: P.kwargs) -> T:
        task = asyncio.create_task(statement(*args, **kwargs))
        _under_way.add(task)
        task.add_done_callback(_ended)
        return await asyncio.shield(task)

    return to_its_end


async def ended(seconds: float) -> None:
    """Wait so long for transactions whose callers are gone. Called before the database is closed.

    A connection that is closed, or forgotten, in the middle of a statement complains loudly.
    """
    loop = asyncio.get_running_loop()
    if left := [task for task in _under_way if task.get_loop() is loop]:
        await asyncio.wait(left, timeout=seconds)


def passes(error: BaseException) -> bool:
    """Whether `error` says that the database is away, busy or full for now, and not that a statement is wrong."""
    if not isinstance(error, InterfaceError | OperationalError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        # The lower eight bits are SQLite's primary result code, the upper ones say more about it.
        return (getattr(error.orig, "sqlite_errorcode", None) or 0) & 0xFF in _SQLITE_PASSES
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(_POSTGRESQL_PASSES)


def _tell(state: RetryCallState) -> None:
    error = state.outcome.exception() if state.outcome else None
    log.warning("the database is away", error=type(error).__name__, attempt=state.attempt_number)


def _ended(task: asyncio.Task[Any]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        task.exception()  # Retrieved here, because its caller may be gone; otherwise asyncio complains.
