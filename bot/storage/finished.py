"""What becomes of finished notes: their messages are looked for now and then, and their rows deleted after a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.models import AnsweredNote
from bot.storage.schema import IS_UNFINISHED, UNFINISHED
from bot.storage.schema import notes as table
from bot.storage.transactions import Store, autocommitted

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class FinishedNotes(Store):
    """The rows of finished notes in the ledger's table."""

    @autocommitted
    def unchecked(  # noqa: D417 - the connection is not the caller's to pass
        self,
        connection: sa.Connection,
        before: float,
        *,
        most: int,
        shards: tuple[int, Sequence[int]] | None = None,
        aside: Collection[int] = (),
    ) -> list[AnsweredNote]:
        """Notes of one channel, the newest first, that were written down before a time and not seen to be there since then.

        Those that are worked on, too: whoever deletes one then wants no answer either. It is the channel of the note whose turn it is:
        those that were never looked for come first, and of those the ones that were answered last.

        Args:
            before: seconds since 1970.
            most: how many.
            shards: how many shards there are and which are this process's, if that is not all of them.
            aside: channels that are left for later.
        """
        checked_at = sa.func.coalesce(table.c.checked_at, 0.0)
        now = self._clock()
        came = sa.func.coalesce(table.c.finished_at, table.c.received_at)
        unseen = [
            sa.or_(table.c.posted.is_not(None), IS_UNFINISHED),
            # What seems to come from the future was written down before the clock was set back.
            *(sa.or_(moment < before, moment > now) for moment in (table.c.received_at, checked_at)),
            table.c.channel_id.not_in(aside),
        ]
        if shards is not None:
            count, ours = shards
            # Discord's own rule for which shard has a server; direct messages come by the first one.
            its_shard = sa.case((table.c.direct, 0), else_=(table.c.home_id // (1 << 22)) % count)
            unseen.append(its_shard.in_(ours))
        first = sa.select(table.c.channel_id).where(*unseen)
        first = first.order_by(checked_at, came.desc(), table.c.message_id).limit(1)
        statement = (
            sa.select(table.c.message_id, table.c.attachment_id, table.c.channel_id, table.c.direct)
            .where(*unseen, table.c.channel_id == first.scalar_subquery())
            .order_by(table.c.message_id.desc(), table.c.attachment_id)
            .limit(most)
        )
        rows = connection.execute(statement).mappings()
        return [AnsweredNote(**row) for row in rows]

    @autocommitted
    def check(self, connection: sa.Connection, message_ids: Sequence[int], at: float) -> None:
        """The notes of these messages were looked for at a time (seconds since 1970), and need not be until another."""
        statement = sa.update(table).where(table.c.message_id.in_(message_ids)).values(checked_at=at)
        connection.execute(statement)

    @autocommitted
    def prune(self, connection: sa.Connection, keep_seconds: float) -> int:
        """Delete the rows of notes that were finished longer ago than `keep_seconds`; how many there were."""
        statement = sa.delete(table).where(
            table.c.state.not_in(UNFINISHED), table.c.finished_at < self._clock() - keep_seconds
        )
        return connection.execute(statement).rowcount
