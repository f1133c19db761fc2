"""The ledger: a row for each thing asked of a note, written before anything is visible. Each change of state is one transaction.

received ──► answered ──► posted ──► withdrawn, when somebody has the answer deleted
 ▲  │            │           │           │
 │  └────────────┴──────► refused, failed│
 └───────── asked for again ────┴────────┘
       each of them ──► forgotten, when its message is deleted
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from pydantic import ValidationError

from bot import prompts
from bot.asks import LISTENED
from bot.errors import ForgottenError, SupersededError
from bot.models import Before, ChannelKind, Claim, Ending, OrphanedAnswer, State
from bot.snowflakes import moment_of
from bot.storage import deletions
from bot.storage.rows import (
    ANSWER,
    DISPATCH_AGAIN_AFTER,
    ITS_ROW,
    NOTE,
    PARTS,
    POSTED,
    key_of,
    row_of,
)
from bot.storage.schema import IS_UNFINISHED
from bot.storage.schema import notes as table
from bot.storage.transactions import Store, autocommitted, insert, transaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.models import Answer, HeardPart, Posted, VoiceNote

log = structlog.get_logger("earshot.ledger")

# What each note takes is made once: to put a statement together costs more than to execute it.
_CLAIM = (
    sa.update(table)
    .where(table.c.message_id == sa.bindparam("of_message"), IS_UNFINISHED)
    .values(claim=table.c.claim + 1, due_at=sa.bindparam("due"))
    .returning(
        table.c.attachment_id,
        table.c.ask,
        table.c.note,
        table.c.answer,
        table.c.parts,
        table.c.posted,
        table.c.decode_crashes,
        table.c.claim,
        table.c.received_at,
    )
)
_CHANGE = sa.update(table).where(ITS_ROW, IS_UNFINISHED, table.c.claim == sa.bindparam("of_claim"))
_STANDS = sa.select(table.c.state, table.c.claim).where(ITS_ROW)


@dataclass(frozen=True, slots=True)
class Fence:
    """A condition that has to hold in the database at the moment in which something is claimed.

    A claim may wait for the database, or be under way, until long after others were given the work. `values` are those of the
    condition's parameters; the condition itself is made once.
    """

    condition: sa.ColumnElement[bool]
    values: Mapping[str, object]


class Ledger(Store):
    """The notes in the database: what becomes of each, from being written down to its end."""

    @autocommitted
    def receive(self, connection: sa.Connection, notes: Sequence[VoiceNote]) -> int:
        """Write notes down; how many of them were new. One that is known already is left as it is."""
        if not notes:
            return 0
        rows = [
            {
                "message_id": note.message_id,
                "attachment_id": note.attachment.id,
                "ask": note.ask,
                "home_id": note.home_id,
                "channel_id": note.channel_id,
                "author_id": note.author_id,
                "asked_by": note.asked_by,
                "question_id": note.question.message_id if note.question else None,
                "state": State.RECEIVED.value,
                "due_at": self._clock() + DISPATCH_AGAIN_AFTER,
                "direct": note.channel_kind is ChannelKind.DIRECT,
                "note": NOTE.dump_python(note, mode="json"),
                "received_at": self._clock(),
            }
            for note in notes
        ]
        statement = insert(connection, table).on_conflict_do_nothing().returning(table.c.attachment_id)
        return len(connection.execute(statement, rows).all())

    @autocommitted
    def claim(self, connection: sa.Connection, message_id: int, fence: Fence | None = None) -> list[Claim]:
        """Claim the unfinished notes of a message for a worker, in the order of their attachments.

        Earlier claims on them are worth nothing from then on. Where there is a fence that does not hold, nothing is claimed.
        """
        values = {"of_message": message_id, "due": self._clock() + DISPATCH_AGAIN_AFTER}
        if fence is None:
            rows = connection.execute(_CLAIM, values).all()
        else:
            rows = connection.execute(_claim_behind(fence.condition), {**values, **fence.values}).all()
        others: Sequence[Any] = ()
        going: frozenset[int] = frozenset()
        # Nothing stands there before somebody has worked on the message.
        if any(row.claim > 1 or row.ask != LISTENED for row in rows):
            others = self._all_asked(connection, message_id)
            going = deletions.pages_of(connection, message_id)
        claims: list[Claim] = []
        for row in sorted(rows, key=lambda row: (row.attachment_id, row.received_at, row.ask)):
            try:
                claims.append(_claim(row, others, going))
            except ValidationError:
                # Another version wrote this row. Its error's text would quote the note; the other notes should not
                # have to wait for it.
                log.error("unreadable row", message=message_id, attachment=row.attachment_id)  # noqa: TRY400
                self._give_up(connection, message_id, row)
        return claims

    # The following are called by the worker that holds `claim`. Each raises ForgottenError if the note was deleted,
    # and SupersededError if there is a newer claim on it.

    async def complete(self, claim: Claim, note: VoiceNote) -> None:
        """Put the whole of a note in place of what was written down in a hurry: whose recording it is, above all."""
        await self._change(
            claim,
            {
                "note": NOTE.dump_python(note, mode="json"),
                "author_id": note.author_id,
                "direct": note.channel_kind is ChannelKind.DIRECT,
            },
        )

    async def decoding_began(self, claim: Claim) -> None:
        """Count a crash before decoding the note, which is what can end the process: afterwards nobody might."""
        await self._change(claim, {"decode_crashes": claim.decode_crashes + 1})

    async def decoding_ended(self, claim: Claim) -> None:
        """The process has survived decoding the note: none of the counted crashes was the note's doing."""
        await self._change(claim, {"decode_crashes": 0})

    async def decoding_interrupted(self, claim: Claim) -> None:
        """Decoding was cancelled, which says nothing about the note: take back what was counted at its beginning."""
        await self._change(claim, {"decode_crashes": claim.decode_crashes})

    async def postpone(self, claim: Claim, seconds: float) -> None:
        """Leave the note to whoever takes what is due in so many seconds."""
        await self._change(claim, {"due_at": self._clock() + seconds})

    async def heard(self, claim: Claim, parts: Sequence[HeardPart]) -> None:
        """Store what was heard of a long note so far: each part is paid for once, whatever comes between."""
        await self._change(claim, {"parts": PARTS.dump_json(tuple(parts)).decode()})

    async def answered(self, claim: Claim, answer: Answer, seconds: float) -> None:
        """Store the model's complete answer until it is posted, and what these `seconds` of audio cost."""
        whole = answer.ending is Ending.COMPLETE and answer.only_first is None
        await self._change(
            claim,
            {
                "state": State.ANSWERED.value,
                "answer": ANSWER.dump_json(answer).decode(),
                "parts": None,
                "transcript": whole and claim.note.prompt.text.strip() == prompts.TRANSCRIBE,
                "seconds": seconds,
                "tokens": answer.usage.total_tokens if answer.usage else None,
                "cost": answer.usage.cost if answer.usage else None,
            },
        )

    async def posted(self, claim: Claim, posted: Posted) -> None:
        """Store where the answer stands, as much of it as is posted. Of a note that was deleted, that is to be deleted."""
        try:
            await self._change(claim, {"posted": POSTED.dump_python(posted, mode="json")})
        except ForgottenError:
            await self._orphaned(claim, posted)
            raise

    async def settle(self, claim: Claim, state: State, *, may_pass: bool = False) -> None:
        """The note is finished. What remains is where its answer stands and what it cost.

        What failed and `may_pass` is kept as it was asked for, so that it can be tried again. What is forgotten ends as if its
        message was deleted: what stands of its answer is to be deleted.
        """
        if state is State.FORGOTTEN:
            await self._forget(claim)
            return
        values: dict[str, object] = {
            "state": state.value,
            "answer": None,
            "parts": None,
            "finished_at": self._clock(),
        }
        if not may_pass:
            values["note"] = {}
        await self._change(claim, values)

    def age(self, claim: Claim) -> float:
        """Seconds since the note was written down.

        A clock that was set forward since then makes no note older than its message, or the question that was asked.
        """
        now, question = self._clock(), claim.note.question
        posted_at = moment_of(claim.note.message_id if question is None else question.message_id)
        since_received, since_posted = now - claim.received_at, now - posted_at
        return since_posted if 0 <= since_posted < since_received else max(0.0, since_received)

    @staticmethod
    def _all_asked(connection: sa.Connection, message_id: int) -> Sequence[Any]:
        """All that was ever asked about a message's notes."""
        columns = (
            table.c.attachment_id,
            table.c.ask,
            table.c.state,
            table.c.posted,
            table.c.transcript,
            table.c.seconds,
        )
        return connection.execute(sa.select(*columns).where(table.c.message_id == message_id)).all()

    def _give_up(self, connection: sa.Connection, message_id: int, row: Any) -> None:
        statement = (
            sa.update(table)
            .where(
                table.c.message_id == message_id,
                table.c.attachment_id == row.attachment_id,
                table.c.ask == row.ask,
            )
            .values(state=State.FAILED.value, note={}, answer=None, parts=None, finished_at=self._clock())
        )
        connection.execute(statement)

    @autocommitted
    def _change(self, connection: sa.Connection, claim: Claim, values: dict[str, object]) -> None:
        if not connection.execute(
            _CHANGE, {**values, **key_of(claim.note), "of_claim": claim.number}
        ).rowcount:
            _say_why_not(connection, claim)

    @transaction
    def _forget(self, connection: sa.Connection, claim: Claim) -> None:
        its_row = row_of(claim.note) & IS_UNFINISHED & (table.c.claim == claim.number)
        if not deletions.locked(connection, its_row):
            _say_why_not(connection, claim)
        deletions.forget(connection, its_row, now=self._clock())

    @autocommitted
    def _orphaned(self, connection: sa.Connection, claim: Claim, posted: Posted) -> None:
        note = claim.note
        answer = OrphanedAnswer(
            message_id=note.message_id,
            channel_id=note.channel_id,
            posted=posted,
            alone=True,
        )
        deletions.owe(connection, [answer], now=self._clock())


@functools.cache
def _claim_behind(condition: sa.ColumnElement[bool]) -> sa.UpdateBase:
    return _CLAIM.where(condition)


def _say_why_not(connection: sa.Connection, claim: Claim) -> None:
    """Raise what it means that a claim's row could not be changed.

    If the claim is still the newest, that very statement has finished the note: the connection broke before the database's
    answer to it came, and it was repeated.
    """
    row = connection.execute(_STANDS, key_of(claim.note)).one_or_none()
    if row is None or row.state == State.FORGOTTEN.value:
        raise ForgottenError
    if row.claim != claim.number:
        raise SupersededError


def _claim(row: Any, others: Sequence[Any], going: frozenset[int]) -> Claim:
    """The claim on a row.

    Args:
        row: the row.
        others: all rows of its message, or none if there was no need to read them.
        going: the pages of answers to its message that are to be deleted; likewise.
    """
    same = [other for other in others if other.attachment_id == row.attachment_id and other.ask != row.ask]
    transcripts = [other for other in same if other.transcript and other.posted]
    return Claim(
        note=NOTE.validate_python(row.note),
        number=row.claim,
        answer=ANSWER.validate_json(row.answer) if row.answer else None,
        parts=PARTS.validate_json(row.parts) if row.parts else (),
        posted=POSTED.validate_python(row.posted) if row.posted else None,
        # Those that are to be deleted still stand for a while: what is asked for again must not take them for its own.
        message_pages=going.union(
            page for other in others if other.posted for page in POSTED.validate_python(other.posted).pages
        ),
        before=Before(
            asked=frozenset(other.ask for other in same if other.state != State.WITHDRAWN.value),
            transcript=POSTED.validate_python(transcripts[0].posted) if transcripts else None,
            seconds=max((other.seconds for other in same if other.seconds), default=None),
        ),
        decode_crashes=row.decode_crashes,
        received_at=row.received_at,
    )
