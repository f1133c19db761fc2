"""How much there is to do: for those who watch over the bot."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.storage.schema import UNFINISHED
from bot.storage.schema import notes as table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine


class Backlog:
    """The unfinished notes of all processes together. What is asked fails while the database is away: nobody waits for it.

    Args:
        engine: the database.
        clock: gives seconds since 1970.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    async def waiting(self) -> tuple[int, float]:
        """How many there are, and for how many seconds the oldest has waited."""
        statement = sa.select(sa.func.count(), sa.func.min(table.c.received_at)).where(
            table.c.state.in_(UNFINISHED)
        )
        async with self._engine.connect() as connection:
            count, oldest = (await connection.execute(statement)).one()
        return count, 0.0 if oldest is None else max(0.0, self._clock() - oldest)
