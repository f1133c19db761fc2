"""How much there is to do: for those who watch over the bot."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.schema import UNFINISHED
from bot.storage.schema import notes as table
from bot.storage.transactions import Store


class Backlog(Store):
    """The unfinished notes of all processes together. What is asked fails while the database is away: nobody waits for it."""

    async def waiting(self) -> tuple[int, float]:
        """How many there are, and for how many seconds the oldest has waited."""
        statement = sa.select(sa.func.count(), sa.func.min(table.c.received_at)).where(
            table.c.state.in_(UNFINISHED)
        )
        count, oldest = await self.database.once(
            lambda connection: connection.execute(statement).one(), autocommit=True
        )
        return count, 0.0 if oldest is None else max(0.0, self._clock() - oldest)
