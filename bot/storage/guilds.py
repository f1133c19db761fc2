"""The servers the bot is in, or was: whether it has introduced itself there, and since when it is gone from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.storage.schema import guild_presets, server_settings, setting_changes, told
from bot.storage.schema import guilds as table
from bot.storage.transactions import Store, autocommitted, insert, transaction

if TYPE_CHECKING:
    from collections.abc import Collection

_OF_SERVERS = (server_settings, setting_changes, guild_presets, told)
"""What is stored of a server as such. It goes when the bot has left."""
_AT_ONCE = 500
"""Ids in one statement."""


class Guilds(Store):
    """What is known of servers, by all processes together."""

    @autocommitted
    def claim_introduction(self, connection: sa.Connection, guild_id: int) -> bool:
        """Write down that the bot introduces itself in a server now; False if it has done so before."""
        statement = insert(connection, table).values(guild_id=guild_id, introduced_at=self._clock())
        # One statement decides, so that of two processes one does it.
        statement = statement.on_conflict_do_update(
            index_elements=[table.c.guild_id],
            set_={"introduced_at": statement.excluded.introduced_at},
            where=table.c.introduced_at.is_(None),
        )
        return connection.execute(statement.returning(table.c.guild_id)).first() is not None

    @autocommitted
    def give_introduction_back(self, connection: sa.Connection, guild_id: int) -> None:
        """It could not introduce itself after all, and may do so another time."""
        statement = sa.update(table).where(table.c.guild_id == guild_id).values(introduced_at=None)
        connection.execute(statement)

    @transaction
    def leave(self, connection: sa.Connection, guild_ids: Collection[int]) -> None:
        """The bot is in these servers no longer. What is stored of them goes after a while, unless it comes back."""
        for some in _in_turn(guild_ids):
            statement = insert(connection, table).values(
                [{"guild_id": guild_id, "left_at": self._clock()} for guild_id in some]
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[table.c.guild_id],
                    set_={"left_at": statement.excluded.left_at},
                    where=table.c.left_at.is_(None),
                )
            )

    @transaction
    def come_back(self, connection: sa.Connection, guild_ids: Collection[int]) -> None:
        """The bot is in these servers, whatever was written down of them."""
        for some in _in_turn(guild_ids):
            connection.execute(
                sa.update(table)
                .where(table.c.guild_id.in_(some), table.c.left_at.is_not(None))
                .values(left_at=None)
            )

    @autocommitted
    def known(self, connection: sa.Connection, shard_id: int, shard_count: int) -> set[int]:
        """The servers of a shard of which anything is stored, but for those that the bot is known to have left."""
        found = sa.union(
            *(sa.select(of.c.guild_id) for of in _OF_SERVERS), sa.select(table.c.guild_id)
        ).subquery()
        left = sa.select(table.c.guild_id).where(table.c.left_at.is_not(None))
        statement = sa.select(found.c.guild_id).where(
            found.c.guild_id.is_not(None),
            found.c.guild_id.not_in(left),
            # Discord's own rule for which shard has a server.
            (found.c.guild_id // (1 << 22)) % shard_count == shard_id,
        )
        return set(connection.execute(statement).scalars())

    @transaction
    def prune(self, connection: sa.Connection, keep_seconds: float) -> int:
        """Delete what is stored of servers that the bot has left longer ago than `keep_seconds`; how many those were."""
        # Locked, where there are several connections: none of them is found to be back before this is done.
        statement = (
            sa.select(table.c.guild_id)
            .where(table.c.left_at < self._clock() - keep_seconds)
            .with_for_update()
        )
        gone = list(connection.execute(statement).scalars())
        for some in _in_turn(gone):
            for of in (*_OF_SERVERS, table):
                connection.execute(sa.delete(of).where(of.c.guild_id.in_(some)))
        return len(gone)


def _in_turn(guild_ids: Collection[int]) -> list[list[int]]:
    """In a fixed order, so that two who write to the same rows don't wait for each other."""
    ordered = sorted(guild_ids)
    return [ordered[start : start + _AT_ONCE] for start in range(0, len(ordered), _AT_ONCE)]
