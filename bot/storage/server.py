"""A PostgreSQL server: each transaction has a connection for itself, of a few that stay open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage.patience import Patience
from bot.supervision import to_its_end

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

T = TypeVar("T")

_LONGEST_QUEUE_SECONDS = 3600.0
"""How long a transaction waits for a connection before that is an error."""
_ENDING_SECONDS = 2.0
"""How long transactions that have begun are waited for at the end."""


class Server:
    """A database on a PostgreSQL server, a `Database`.

    Args:
        url: `postgresql://…`.
    """

    def __init__(self, url: sa.URL) -> None:
        self._engine = create_async_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_timeout=_LONGEST_QUEUE_SECONDS,
            # An error's text may reach a log; what people asked and heard may not.
            hide_parameters=True,
        )
        # The same connections, but without BEGIN and COMMIT.
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._patience = Patience()
        self._under_way: set[asyncio.Task[Any]] = set()

    async def run(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run one transaction; see `Database.run`."""
        return await self._patience.run(lambda: self._to_its_end(work, autocommit=autocommit))

    async def once(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run one transaction; see `Database.once`."""
        try:
            return await self._transacted(work, autocommit=autocommit)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # The connection was cut off since it was last used, and those that are as old went with it. To try each before it is
        # used would be one more round trip every time.
        return await self._transacted(work, autocommit=autocommit)

    async def empty_log(self) -> None:
        """Its log is the server's own business."""

    async def close(self) -> None:
        """Wait two seconds for transactions whose callers are gone, and close all connections.

        A connection that is closed, or forgotten, in the middle of a statement complains loudly.
        """
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_ENDING_SECONDS)
        await self._engine.dispose()

    async def _transacted(self, work: Callable[[sa.Connection], T], *, autocommit: bool) -> T:
        if autocommit:
            async with self._autocommit.connect() as connection:
                return await connection.run_sync(work)
        async with self._engine.begin() as connection:
            return await connection.run_sync(work)

    async def _to_its_end(self, work: Callable[[sa.Connection], T], *, autocommit: bool) -> T:
        task = asyncio.create_task(self.once(work, autocommit=autocommit))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await to_its_end(task)
