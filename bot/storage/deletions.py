"""What is deleted on Discord: its notes are forgotten, and the answers to them are deleted there, too.

What is to be deleted is written down together with the decision, and stays until it is gone from Discord: neither a lost
connection nor the end of a process between the two leaves an answer behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.models import OrphanedAnswer, State
from bot.storage.rows import CLOCKS_APART, EMPTIED, POSTED
from bot.storage.schema import UNFINISHED
from bot.storage.schema import answers_to_delete as owed
from bot.storage.schema import notes as table
from bot.storage.transactions import Store, autocommitted, transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

_AGAIN_AFTER = 30.0
"""Seconds after which it is tried again to delete an answer, by whichever process looks first."""
_LONGEST_PAUSE = 600.0
"""Likewise, of what Discord has not let go for an hour and more."""
_AT_ONCE = 20
"""Fewer than can be deleted, one a second, before they are due again: others would delete the rest at the same time."""
_ANSWER = (owed.c.id, owed.c.message_id, owed.c.channel_id, owed.c.posted, owed.c.alone)


class Deletions(Store):
    """The answers that are to be deleted, and the rows of the ledger's table they were in."""

    @transaction
    def forget(self, connection: sa.Connection, message_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """Forget the notes and questions of messages that were deleted; the answers that should be deleted, too."""
        theirs = table.c.message_id.in_(message_ids) | table.c.question_id.in_(message_ids)
        return forget(connection, theirs, now=self._clock(), deleted=message_ids)

    @transaction
    def forget_others(
        self, connection: sa.Connection, message_id: int, attachment_ids: Sequence[int]
    ) -> list[OrphanedAnswer]:
        """Forget the notes of a message that has only these attachments left; the answers that should be deleted."""
        theirs = (table.c.message_id == message_id) & table.c.attachment_id.not_in(attachment_ids)
        return forget(connection, theirs, now=self._clock())

    @transaction
    def withdraw(self, connection: sa.Connection, message_id: int, page_id: int) -> OrphanedAnswer | None:
        """Somebody wants an answer to a message's note deleted, one of whose pages is `page_id`; the answer to delete.

        None if there is none, or if it is still being worked on.
        """
        finished = table.c.state.not_in((*UNFINISHED, State.FORGOTTEN.value))
        stands = table.c.posted.is_not(None)
        for row in locked(connection, (table.c.message_id == message_id) & finished & stands):
            posted = POSTED.validate_python(row.posted)
            if page_id not in posted.pages:
                continue
            connection.execute(
                sa.update(table)
                .where(
                    table.c.message_id == message_id,
                    table.c.attachment_id == row.attachment_id,
                    table.c.ask == row.ask,
                )
                .values(state=State.WITHDRAWN.value, transcript=False, **EMPTIED)
            )
            answer = OrphanedAnswer(
                message_id=message_id, channel_id=row.channel_id, posted=posted, alone=True
            )
            return owe(connection, [answer], now=self._clock())[0]
        return None

    @autocommitted
    def take_due(self, connection: sa.Connection) -> list[OrphanedAnswer]:
        """Some of the answers that should have been deleted by now, the first first.

        Each is then due again a while later, so that no two callers are given the same: the longer, the older the decision is.
        """
        now = self._clock()
        # After a clock was set back, all would wait for longer by as much.
        is_due = sa.or_(owed.c.due_at <= now, owed.c.due_at > now + _LONGEST_PAUSE + CLOCKS_APART)
        age = now - owed.c.decided_at
        shortest, longest = (
            (age < 10 * _AGAIN_AFTER, _AGAIN_AFTER),
            (age > 10 * _LONGEST_PAUSE, _LONGEST_PAUSE),
        )
        pause = sa.case(shortest, longest, else_=age / 10)
        first = sa.select(owed.c.id).where(is_due).order_by(owed.c.due_at, owed.c.id).limit(_AT_ONCE)
        statement = (
            sa.update(owed).where(owed.c.id.in_(first), is_due).values(due_at=now + pause).returning(*_ANSWER)
        )
        return [_answer(row) for row in sorted(connection.execute(statement), key=lambda row: row.id)]

    @autocommitted
    def carried_out(self, connection: sa.Connection, answer: OrphanedAnswer) -> None:
        """An answer is gone from Discord, or Discord lets nobody delete it."""
        connection.execute(sa.delete(owed).where(owed.c.id == answer.id))

    @autocommitted
    def prune(self, connection: sa.Connection, keep_seconds: float) -> int:
        """Give up what should have been deleted longer ago than `keep_seconds`; how many answers that were."""
        statement = sa.delete(owed).where(owed.c.decided_at < self._clock() - keep_seconds)
        return connection.execute(statement).rowcount


def forget(
    connection: sa.Connection, which: sa.ColumnElement[bool], *, now: float, deleted: Sequence[int] = ()
) -> list[OrphanedAnswer]:
    """Forget some rows of the ledger's table, and write down that their answers are to be deleted; those answers.

    Args:
        connection: in a transaction.
        which: rows of the ledger's table.
        now: seconds since 1970.
        deleted: the messages that were deleted, as far as these are notes. What else was answered about them goes, too.
    """
    theirs = which & (table.c.state != State.FORGOTTEN.value)
    found = locked(connection, theirs)
    if found:
        connection.execute(
            sa.update(table).where(theirs).values(state=State.FORGOTTEN.value, finished_at=now, **EMPTIED)
        )
    return owe(connection, answers_of(found, deleted), now=now)


def answers_of(rows: Sequence[Any], deleted: Sequence[int] = ()) -> list[OrphanedAnswer]:
    """What stands of the answers to some rows, as `locked` gives them; `deleted`: as for `forget`."""
    return [
        OrphanedAnswer(
            message_id=row.message_id,
            channel_id=row.channel_id,
            posted=POSTED.validate_python(row.posted),
            # Of a question that was deleted, or a file that was removed, the message and its other answers are still there.
            alone=row.message_id not in deleted,
        )
        for row in rows
        if row.posted
    ]


def owe(connection: sa.Connection, answers: Sequence[OrphanedAnswer], *, now: float) -> list[OrphanedAnswer]:
    """Write down that answers are to be deleted; the same with their ids.

    Whoever decides this deletes them at once. What they do not come to is due a little later.

    Args:
        connection: in a transaction, or one whose statements are each committed by itself.
        answers: those that are not written down yet.
        now: seconds since 1970.
    """
    if not answers:
        return []
    rows = [
        {
            "message_id": answer.message_id,
            "channel_id": answer.channel_id,
            "posted": POSTED.dump_python(answer.posted, mode="json"),
            "alone": answer.alone,
            "decided_at": now,
            "due_at": now + _AGAIN_AFTER,
        }
        for answer in answers
    ]
    return [_answer(row) for row in connection.execute(sa.insert(owed).returning(*_ANSWER), rows)]


def pages_of(connection: sa.Connection, message_id: int) -> frozenset[int]:
    """The pages of answers to a message that are to be deleted."""
    found = connection.execute(sa.select(owed.c.posted).where(owed.c.message_id == message_id)).scalars()
    return frozenset(page for posted in found for page in POSTED.validate_python(posted).pages)


def locked(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Sequence[Any]:
    """Rows of the ledger's table and where their answers stand, which nobody else changes before the transaction ends."""
    columns = (table.c.message_id, table.c.attachment_id, table.c.ask, table.c.channel_id, table.c.posted)
    # Otherwise a worker could have another page written down in between, and nobody would know of it any more.
    return connection.execute(sa.select(*columns).where(which).with_for_update()).all()


def _answer(row: Any) -> OrphanedAnswer:
    return OrphanedAnswer(
        id=row.id,
        message_id=row.message_id,
        channel_id=row.channel_id,
        posted=POSTED.validate_python(row.posted),
        alone=row.alone,
    )
