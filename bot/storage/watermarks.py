"""Where the next run reads on: up to which message each shard has seen everything, and in which channels of direct messages."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.schema import notes
from bot.storage.schema import watermarks as table
from bot.storage.transactions import Store, autocommitted, insert

_MOST_DIRECT_CHANNELS = 200


class Watermarks(Store):
    """The watermarks in the database, one a shard: the id of a message up to which all were seen."""

    @autocommitted
    def get(self, connection: sa.Connection, shard_id: int) -> int | None:
        """A shard's watermark; None if it never had one."""
        statement = sa.select(table.c.message_id).where(table.c.shard_id == shard_id)
        return connection.execute(statement).scalar_one_or_none()

    @autocommitted
    def oldest(self, connection: sa.Connection) -> int | None:
        """The lowest watermark of all shards there ever were; None if there was none."""
        return (connection.execute(sa.select(sa.func.min(table.c.message_id)))).scalar_one()

    @autocommitted
    def put(self, connection: sa.Connection, shard_id: int, message_id: int) -> None:
        """All messages up to `message_id` were seen by the shard, and the notes among them are in the ledger."""
        statement = insert(connection, table).values(shard_id=shard_id, message_id=message_id)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[table.c.shard_id], set_={"message_id": statement.excluded.message_id}
            )
        )

    @autocommitted
    def direct_channels(self, connection: sa.Connection) -> list[int]:
        """The channels from which direct messages with notes came, the latest first, two hundred at most.

        Discord tells which channels a server has, but not with whom the bot has spoken.
        """
        statement = (
            sa.select(notes.c.channel_id)
            .where(notes.c.direct)
            .group_by(notes.c.channel_id)
            .order_by(sa.func.max(notes.c.message_id).desc())
            .limit(_MOST_DIRECT_CHANNELS)
        )
        return list(connection.execute(statement).scalars())
