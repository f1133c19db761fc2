"""What was asked before: where its answer stands, asking once more, and having an answer deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import ValidationError

from bot.models import ChannelKind, Standing, StandingAnswer, State
from bot.storage.rows import DISPATCH_AGAIN_AFTER, NOTE, POSTED, row_of
from bot.storage.schema import notes as table
from bot.storage.transactions import Store, autocommitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import VoiceNote

_MAY_BE_ASKED_AGAIN = (State.REFUSED.value, State.FAILED.value, State.WITHDRAWN.value)


class AskedBefore(Store):
    """The rows of the ledger's table as those see them who ask; workers change them through the `Ledger`."""

    @autocommitted
    def ask_again(self, connection: sa.Connection, note: VoiceNote) -> bool:
        """Have something answered that came to nothing, or whose answer was deleted; whether that was so."""
        statement = (
            sa.update(table)
            .where(row_of(note), table.c.state.in_(_MAY_BE_ASKED_AGAIN))
            .values(
                state=State.RECEIVED.value,
                due_at=self._clock() + DISPATCH_AGAIN_AFTER,
                asked_by=note.asked_by,
                note=NOTE.dump_python(note, mode="json"),
                decode_crashes=0,
                received_at=self._clock(),
                finished_at=None,
            )
        )
        return connection.execute(statement).rowcount > 0

    @autocommitted
    def complete(self, connection: sa.Connection, note: VoiceNote) -> bool:
        """Put the whole of a note in place of what was written down in a hurry; False if somebody works on it already."""
        statement = (
            sa.update(table)
            .where(row_of(note), table.c.state == State.RECEIVED.value, table.c.claim == 0)
            .values(
                note=NOTE.dump_python(note, mode="json"),
                author_id=note.author_id,
                home_id=note.home_id,
                direct=note.channel_kind is ChannelKind.DIRECT,
            )
        )
        return connection.execute(statement).rowcount > 0

    @autocommitted
    def drop(self, connection: sa.Connection, note: VoiceNote) -> None:
        """Forget that something was asked, as if it never was: what it is about is gone."""
        statement = sa.delete(table).where(
            row_of(note), table.c.state == State.RECEIVED.value, table.c.claim == 0
        )
        connection.execute(statement)

    @autocommitted
    def kept(
        self, connection: sa.Connection, message_id: int, attachment_id: int, ask: str
    ) -> VoiceNote | None:
        """A note that failed and may be tried again, as it was asked for; None if it is not kept (any more)."""
        statement = sa.select(table.c.note).where(
            table.c.message_id == message_id,
            table.c.attachment_id == attachment_id,
            table.c.ask == ask,
            table.c.state.in_(_MAY_BE_ASKED_AGAIN),
        )
        note = connection.execute(statement).scalar_one_or_none()
        try:
            return NOTE.validate_python(note) if note else None
        except ValidationError:
            return None

    @autocommitted
    def standing(
        self, connection: sa.Connection, message_id: int, attachment_id: int, ask: str
    ) -> Standing | None:
        """How far something that was asked has come, and where its answer stands; None if it is not known (any more)."""
        statement = sa.select(table.c.state, table.c.posted).where(
            table.c.message_id == message_id, table.c.attachment_id == attachment_id, table.c.ask == ask
        )
        row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        posted = POSTED.validate_python(row.posted) if row.posted else None
        return Standing(state=State(row.state), posted=posted)

    @autocommitted
    def answers_to(self, connection: sa.Connection, message_ids: Sequence[int]) -> list[StandingAnswer]:
        """The finished answers that stand to the notes of some messages, in no order."""
        if not message_ids:
            return []
        statement = sa.select(
            table.c.message_id, table.c.attachment_id, table.c.ask, table.c.posted, table.c.transcript
        ).where(
            table.c.message_id.in_(message_ids),
            table.c.state == State.POSTED.value,
            table.c.posted.is_not(None),
        )
        rows = connection.execute(statement).all()
        return [
            StandingAnswer(
                message_id=row.message_id,
                attachment_id=row.attachment_id,
                ask=row.ask,
                posted=POSTED.validate_python(row.posted),
                transcript=row.transcript,
            )
            for row in rows
        ]

    @autocommitted
    def attachment_of(self, connection: sa.Connection, message_id: int, page_id: int) -> int | None:
        """To which attachment of a message a page is an answer, also while that is still growing; None if to none."""
        statement = sa.select(table.c.attachment_id, table.c.posted).where(
            table.c.message_id == message_id, table.c.posted.is_not(None)
        )
        rows = connection.execute(statement).all()
        return next(
            (row.attachment_id for row in rows if page_id in POSTED.validate_python(row.posted).pages), None
        )
