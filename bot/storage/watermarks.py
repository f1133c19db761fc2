"""Up to which message each shard has seen everything, so that the next run knows where to read on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.storage.database import insert
from bot.storage.patience import waits_for_database
from bot.storage.schema import watermarks as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


class Watermarks:
    """The watermarks in the database, one a shard: the id of a message up to which all were seen."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @waits_for_database
    async def get(self, shard_id: int) -> int | None:
        """A shard's watermark; None if it never had one."""
        statement = sa.select(table.c.message_id).where(table.c.shard_id == shard_id)
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    @waits_for_database
    async def oldest(self) -> int | None:
        """The lowest watermark of all shards there ever were; None if there was none."""
        async with self._engine.connect() as connection:
            return (await connection.execute(sa.select(sa.func.min(table.c.message_id)))).scalar_one()

    @waits_for_database
    async def put(self, shard_id: int, message_id: int) -> None:
        """All messages up to `message_id` were seen by the shard, and the notes among them are in the ledger."""
        statement = insert(self._engine, table).values(shard_id=shard_id, message_id=message_id)
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[table.c.shard_id], set_={"message_id": statement.excluded.message_id}
                )
            )
