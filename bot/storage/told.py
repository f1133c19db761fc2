"""What people are told once: that a channel's recordings are sent away, or that a day's minutes are used up."""

from __future__ import annotations

import sqlalchemy as sa

from bot.storage.schema import told as table
from bot.storage.transactions import Store, autocommitted, insert

NOTICE = "notice"
"""The kind of what holds for as long as its channel does. All other kinds have an end, a day's or a month's."""


class Told(Store):
    """What was told already, by the processes of a fleet together."""

    @autocommitted
    def first(  # noqa: D417 - the connection is not the caller's to pass
        self,
        connection: sa.Connection,
        what: str,
        message_id: int,
        *,
        attachment_id: int = 0,
        ask: str = "",
        guild_id: int | None = None,
    ) -> bool:
        """Write down that something is told under a note, if nobody has told it; whether it is to be told there.

        It is for whoever comes first, and then for the same again: another try at a note, after a crash, does not leave out
        what the first one was to say.

        Args:
            what: its kind, a colon, and whatever tells it from others of that kind. At most 80 characters.
            message_id: the note's message.
            attachment_id: which of the notes in that message; left out where it is told under the message as a whole.
            ask: the key of what is asked of it, likewise.
            guild_id: the server with which it is to be forgotten, if it does not end by itself.
        """
        statement = insert(connection, table).values(
            what=what,
            guild_id=guild_id,
            message_id=message_id,
            attachment_id=attachment_id,
            ask=ask,
            told_at=self._clock(),
        )
        # One statement decides. Of two at once, the second waits for the first, and changes nothing.
        statement = statement.on_conflict_do_update(
            index_elements=[table.c.what],
            set_={"message_id": statement.excluded.message_id},
            where=sa.and_(
                table.c.message_id == statement.excluded.message_id,
                table.c.attachment_id == statement.excluded.attachment_id,
                table.c.ask == statement.excluded.ask,
            ),
        )
        return connection.execute(statement.returning(table.c.what)).first() is not None

    @autocommitted
    def prune(self, connection: sa.Connection, keep_seconds: float) -> int:
        """Delete what was told longer ago than `keep_seconds`, but for what holds on; how much that was."""
        statement = sa.delete(table).where(
            table.c.told_at < self._clock() - keep_seconds,
            table.c.what.not_like(f"{NOTICE}:%"),
        )
        return connection.execute(statement).rowcount
