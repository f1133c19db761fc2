"""SQLite's write-ahead log: a file beside the database that goes on holding what was deleted, until it is emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy.event
from sqlalchemy.exc import SQLAlchemyError

from bot.storage.patience import waits_for_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


class WriteAheadLog:
    """The write-ahead log of a database, if it has one.

    Args:
        engine: the database. On PostgreSQL nothing is done: its log is the server's business.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._embedded = engine.dialect.name == "sqlite"
        self._written = True
        if self._embedded:
            sqlalchemy.event.listen(engine.sync_engine, "commit", self._commit)

    @waits_for_database
    async def empty(self) -> None:
        """Write the log into the database and cut it to nothing, if anything was written since the last time.

        Called every few seconds. If the database is busy, the next call does it.
        """
        if not (self._embedded and self._written):
            return
        self._written = False
        try:
            async with self._engine.connect() as connection:
                busy, *_ = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()
        except SQLAlchemyError:
            busy = 1
        # Whatever was written meanwhile has set it again.
        self._written = self._written or bool(busy)

    def _commit(self, _: object) -> None:
        self._written = True
