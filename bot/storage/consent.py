"""Who does not want to be heard; and what is stored about a person, to be deleted if they want that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.budgets import Period
from bot.models import State
from bot.storage import deletions
from bot.storage.rows import EMPTIED
from bot.storage.schema import UNFINISHED, opted_out, setting_changes, told, usage
from bot.storage.schema import notes as table
from bot.storage.transactions import Store, autocommitted, insert, transaction

if TYPE_CHECKING:
    from bot.models import OrphanedAnswer

_OPTED_OUT = sa.select(opted_out.c.user_id).where(opted_out.c.user_id == sa.bindparam("user"))


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted of a person's data."""

    rows: int
    answers: tuple[OrphanedAnswer, ...]
    """Those that stand on Discord, to the person's recordings. They are deleted there if the person wants that."""


class Consent(Store):
    """What people have decided about being heard. It holds for every process from the moment it is written down."""

    @autocommitted
    def opt_out(self, connection: sa.Connection, user_id: int) -> None:
        """This person is not heard any more. What of theirs is not finished yet ends at its next step."""
        statement = insert(connection, opted_out).values(user_id=user_id, opted_out_at=self._clock())
        connection.execute(statement.on_conflict_do_nothing())

    @autocommitted
    def opt_in(self, connection: sa.Connection, user_id: int) -> bool:
        """This person is heard again; whether they were not before."""
        gone = connection.execute(sa.delete(opted_out).where(opted_out.c.user_id == user_id))
        return gone.rowcount > 0

    @autocommitted
    def has_opted_out(self, connection: sa.Connection, user_id: int) -> bool:
        """Whether this person does not want to be heard."""
        return connection.execute(_OPTED_OUT, {"user": user_id}).first() is not None

    @transaction
    def delete_data(self, connection: sa.Connection, user_id: int, *, answers_too: bool) -> Deleted:
        """Delete all that is stored of a person but that they opted out.

        If they want the answers to their recordings deleted, too, these are written down as such until they are.

        Rows of their recordings go. A row that is not finished stays as one of a note that was deleted, with its ids alone, so
        that whoever works on it stops. Of rows of other people's recordings it is forgotten who asked. Of what was paid for it is
        forgotten who and what it was about, except that it was the person who asked for it today, until the day is over: nobody
        gets a second day's budget by having their data deleted.
        """
        theirs = table.c.author_id == user_id
        found = deletions.locked(connection, theirs)
        connection.execute(
            sa.update(table)
            .where(theirs, table.c.state.in_(UNFINISHED))
            .values(
                state=State.FORGOTTEN.value,
                author_id=None,
                asked_by=None,
                finished_at=self._clock(),
                **EMPTIED,
            )
        )
        connection.execute(sa.delete(table).where(theirs))
        asked = connection.execute(sa.update(table).where(table.c.asked_by == user_id).values(asked_by=None))
        paid = connection.execute(_forgotten(user_id, self._clock()))
        # A server's settings stay as they are; who has changed them is forgotten.
        changed = connection.execute(
            sa.update(setting_changes).where(setting_changes.c.changed_by == user_id).values(changed_by=None)
        )
        connection.execute(sa.delete(told).where(told.c.what.like(f"over:person:{user_id}:%")))
        answers = deletions.answers_of(found) if answers_too else []
        rows = len(found) + sum(of.rowcount for of in (asked, paid, changed))
        return Deleted(rows, tuple(deletions.owe(connection, answers, now=self._clock())))


def _forgotten(user_id: int, now: float) -> sa.Update:
    """Rows of what was paid for lose what they say of a person.

    Those of today, in which it stays who asked, have no `ask` after that: `UsageRows.prune` knows them by it.
    """
    midnight, _ = Period.DAY.around(now)
    today = usage.c.reserved_at >= midnight
    asked = usage.c.asked_by == user_id
    spoke = usage.c.speaker_id == user_id
    return (
        sa.update(usage)
        .where(sa.or_(spoke, sa.and_(asked, sa.or_(~today, usage.c.ask.is_not(None)))))
        .values(
            speaker_id=sa.case((spoke, None), else_=usage.c.speaker_id),
            asked_by=sa.case((sa.and_(asked, ~today), None), else_=usage.c.asked_by),
            message_id=None,
            attachment_id=None,
            ask=None,
        )
    )
