"""What there is to do: the ledger's unfinished notes, for those who have them worked on and those who watch over the bot."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.retry import LONGEST_PAUSE
from bot.storage.rows import CLOCKS_APART, DISPATCH_AGAIN_AFTER
from bot.storage.schema import IS_UNFINISHED
from bot.storage.schema import notes as table
from bot.storage.transactions import Store, autocommitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.storage.transactions import Database

# Each note takes it, so it is made once: to put a statement together costs more than to execute it.
_AHEAD = sa.select(sa.func.count()).where(
    table.c.home_id == sa.bindparam("home"), IS_UNFINISHED, table.c.message_id < sa.bindparam("before")
)


class Backlog(Store):
    """The unfinished notes of all processes together."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(database, clock=clock)
        self._looked_at = -math.inf
        """When it was last looked for what is due, by the clock."""

    @autocommitted
    def unfinished(self, connection: sa.Connection) -> list[tuple[int, int]]:
        """The messages with unfinished notes, oldest first, each with its home (a server, or a person in direct messages)."""
        statement = (
            sa.select(table.c.message_id, table.c.home_id)
            .where(IS_UNFINISHED)
            .group_by(table.c.message_id, table.c.home_id)
            .order_by(table.c.message_id)
        )
        return [(row.message_id, row.home_id) for row in connection.execute(statement)]

    @autocommitted
    def take_due(self, connection: sa.Connection) -> list[tuple[int, int]]:
        """The messages whose unfinished notes are due, each with its home.

        Each is then due again in `DISPATCH_AGAIN_AFTER` seconds, so that no two callers are given the same.
        """
        now = self._clock()
        statement = (
            sa.update(table)
            .where(IS_UNFINISHED)
            .values(due_at=now + DISPATCH_AGAIN_AFTER)
            .returning(table.c.message_id, table.c.home_id)
        )
        # After a clock was set back, all that was to wait would wait for longer by as much: better too early than too late.
        if now >= self._looked_at:
            # Nobody postpones anything for longer than that, unless another's clock is wrong.
            longest = now + LONGEST_PAUSE + CLOCKS_APART
            statement = statement.where(sa.or_(table.c.due_at <= now, table.c.due_at > longest))
        found = sorted({(row.message_id, row.home_id) for row in connection.execute(statement)})
        self._looked_at = now
        return found

    @autocommitted
    def count_ahead(self, connection: sa.Connection, home_id: int, message_id: int) -> int:
        """How many unfinished notes of a home are older than a message."""
        return connection.execute(_AHEAD, {"home": home_id, "before": message_id}).scalar_one()

    async def waiting(self) -> tuple[int, float]:
        """How many unfinished notes there are, and for how many seconds the oldest has waited.

        Raises what went wrong while the database is away: who watches does not wait for it.
        """
        statement = sa.select(sa.func.count(), sa.func.min(table.c.received_at)).where(IS_UNFINISHED)
        count, oldest = await self.database.once(
            lambda connection: connection.execute(statement).one(), autocommit=True
        )
        return count, 0.0 if oldest is None else max(0.0, self._clock() - oldest)
