"""The ledger: a row for each note, written before anything is visible. Every change of state is one statement.

received ──► answered ──► posted
    │            │           │
    └────────────┴──────► refused, failed
                             │
       each of them ──► forgotten, when its message is deleted
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from pydantic import TypeAdapter, ValidationError

from bot.errors import ForgottenError, SupersededError
from bot.models import Answer, ChannelKind, Claim, OrphanedAnswer, Posted, State, VoiceNote
from bot.storage.database import insert
from bot.storage.patience import waits_for_database
from bot.storage.schema import UNFINISHED
from bot.storage.schema import notes as table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = structlog.get_logger("earshot.ledger")

LISTENED = "listened"
"""The value of the column `ask` for a note that is answered because the bot listens in its channel."""
DISPATCH_AGAIN_AFTER = 60.0
"""Seconds after which a note that is still unfinished is dispatched once more, in case its job was lost."""
_MOST_DIRECT_CHANNELS = 200
_NOTE = TypeAdapter(VoiceNote)
_ANSWER = TypeAdapter(Answer)
_POSTED = TypeAdapter(Posted)


class Ledger:
    """The notes in the database.

    Args:
        engine: the database.
        clock: gives seconds since 1970.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @waits_for_database
    async def receive(self, notes: Sequence[VoiceNote]) -> int:
        """Write notes down; how many of them were new. One that is known already is left as it is."""
        if not notes:
            return 0
        rows = [
            {
                "message_id": note.message_id,
                "attachment_id": note.attachment.id,
                "ask": LISTENED,
                "home_id": note.home_id,
                "channel_id": note.channel_id,
                "state": State.RECEIVED.value,
                "due_at": self._clock() + DISPATCH_AGAIN_AFTER,
                "direct": note.channel_kind is ChannelKind.DIRECT,
                "note": _NOTE.dump_python(note, mode="json"),
                "received_at": self._clock(),
            }
            for note in notes
        ]
        statement = insert(self._engine, table).values(rows).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            new = await connection.execute(statement.returning(table.c.attachment_id))
            return len(new.all())

    @waits_for_database
    async def count_waiting(self, home_id: int, message_id: int) -> int:
        """How many unfinished notes of a home (a server, or a person in direct messages) are older than a message."""
        statement = sa.select(sa.func.count()).where(
            table.c.home_id == home_id, table.c.state.in_(UNFINISHED), table.c.message_id < message_id
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).scalar_one()

    @waits_for_database
    async def unfinished(self) -> list[tuple[int, int]]:
        """The messages with unfinished notes, oldest first, each with its home."""
        statement = (
            sa.select(table.c.message_id, table.c.home_id)
            .where(table.c.state.in_(UNFINISHED))
            .group_by(table.c.message_id, table.c.home_id)
            .order_by(table.c.message_id)
        )
        async with self._engine.connect() as connection:
            return [(row.message_id, row.home_id) for row in await connection.execute(statement)]

    @waits_for_database
    async def take_due(self) -> list[tuple[int, int]]:
        """The messages whose unfinished notes are due, each with its home.

        Each is then due again in `DISPATCH_AGAIN_AFTER` seconds, so that no two callers are given the same.
        """
        statement = (
            sa.update(table)
            .where(table.c.state.in_(UNFINISHED), table.c.due_at <= self._clock())
            .values(due_at=self._clock() + DISPATCH_AGAIN_AFTER)
            .returning(table.c.message_id, table.c.home_id)
        )
        async with self._engine.begin() as connection:
            return sorted({(row.message_id, row.home_id) for row in await connection.execute(statement)})

    @waits_for_database
    async def claim(self, message_id: int) -> list[Claim]:
        """Claim the unfinished notes of a message for a worker, in the order of their attachments.

        Earlier claims on them are worth nothing from then on.
        """
        statement = (
            sa.update(table)
            .where(table.c.message_id == message_id, table.c.state.in_(UNFINISHED))
            .values(claim=table.c.claim + 1, due_at=self._clock() + DISPATCH_AGAIN_AFTER)
            .returning(
                table.c.attachment_id,
                table.c.note,
                table.c.answer,
                table.c.posted,
                table.c.decode_crashes,
                table.c.claim,
                table.c.received_at,
            )
        )
        async with self._engine.begin() as connection:
            rows = (await connection.execute(statement)).all()
            pages: frozenset[int] = frozenset()
            # Nothing stands there before somebody has worked on the message.
            if any(row.claim > 1 for row in rows):
                pages = await self._pages(connection, message_id)
        claims: list[Claim] = []
        for row in sorted(rows, key=lambda row: row.attachment_id):
            try:
                claims.append(_claim(row, pages))
            except ValidationError:
                # Another version wrote this row. Its error's text would quote the note; the other notes should not
                # have to wait for it.
                log.error("unreadable row", message=message_id, attachment=row.attachment_id)  # noqa: TRY400
                await self._give_up(message_id, row.attachment_id)
        return claims

    # The following are called by the worker that holds `claim`. Each raises ForgottenError if the note was deleted,
    # and SupersededError if there is a newer claim on it.

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

    async def answered(self, claim: Claim, answer: Answer, seconds: float) -> None:
        """Store the model's complete answer until it is posted, and what these `seconds` of audio cost."""
        await self._change(
            claim,
            {
                "state": State.ANSWERED.value,
                "answer": _ANSWER.dump_json(answer).decode(),
                "seconds": seconds,
                "tokens": answer.usage.total_tokens if answer.usage else None,
                "cost": answer.usage.cost if answer.usage else None,
            },
        )

    async def posted(self, claim: Claim, posted: Posted) -> None:
        """Store where the answer stands, as much of it as is posted."""
        await self._change(claim, {"posted": _POSTED.dump_python(posted, mode="json")})

    async def settle(self, claim: Claim, state: State) -> None:
        """The note is finished. What remains is where its answer stands and what it cost."""
        await self._change(
            claim, {"state": state.value, "note": {}, "answer": None, "finished_at": self._clock()}
        )

    def age(self, claim: Claim) -> float:
        """Seconds since the note was written down."""
        return max(0.0, self._clock() - claim.received_at)

    @waits_for_database
    async def forget(self, message_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """Forget the notes of messages that were deleted; the answers to them that should be deleted, too."""
        return await self._forget(table.c.message_id.in_(message_ids))

    @waits_for_database
    async def forget_others(self, message_id: int, attachment_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """Forget the notes of a message that has only these attachments left; the answers that should be deleted."""
        return await self._forget(
            (table.c.message_id == message_id) & table.c.attachment_id.not_in(attachment_ids)
        )

    @waits_for_database
    async def direct_channels(self) -> list[int]:
        """The channels from which direct messages with notes came, the latest first, two hundred at most."""
        statement = (
            sa.select(table.c.channel_id)
            .where(table.c.direct)
            .group_by(table.c.channel_id)
            .order_by(sa.func.max(table.c.message_id).desc())
            .limit(_MOST_DIRECT_CHANNELS)
        )
        async with self._engine.connect() as connection:
            return list((await connection.execute(statement)).scalars())

    async def _forget(self, which: sa.ColumnElement[bool]) -> list[OrphanedAnswer]:
        theirs = which & (table.c.state != State.FORGOTTEN.value)
        async with self._engine.begin() as connection:
            found = (
                await connection.execute(
                    sa.select(table.c.message_id, table.c.channel_id, table.c.posted).where(theirs)
                )
            ).all()
            if found:
                await connection.execute(
                    sa.update(table)
                    .where(theirs)
                    .values(
                        state=State.FORGOTTEN.value,
                        note={},
                        answer=None,
                        posted=None,
                        finished_at=self._clock(),
                    )
                )
        return [
            OrphanedAnswer(
                message_id=row.message_id,
                channel_id=row.channel_id,
                posted=_POSTED.validate_python(row.posted),
            )
            for row in found
            if row.posted
        ]

    @staticmethod
    async def _pages(connection: AsyncConnection, message_id: int) -> frozenset[int]:
        """The pages of all answers to a message's notes, finished ones, too."""
        statement = sa.select(table.c.posted).where(
            table.c.message_id == message_id, table.c.posted.is_not(None)
        )
        found = (await connection.execute(statement)).scalars()
        return frozenset(page for posted in found for page in _POSTED.validate_python(posted).pages)

    @waits_for_database
    async def _give_up(self, message_id: int, attachment_id: int) -> None:
        statement = (
            sa.update(table)
            .where(table.c.message_id == message_id, table.c.attachment_id == attachment_id)
            .values(state=State.FAILED.value, note={}, answer=None, finished_at=self._clock())
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    @waits_for_database
    async def _change(self, claim: Claim, values: dict[str, object]) -> None:
        its_row = (
            (table.c.message_id == claim.note.message_id)
            & (table.c.attachment_id == claim.note.attachment.id)
            & (table.c.ask == LISTENED)
        )
        statement = (
            sa.update(table)
            .where(its_row, table.c.state.in_(UNFINISHED), table.c.claim == claim.number)
            .values(values)
        )
        async with self._engine.begin() as connection:
            if (await connection.execute(statement)).rowcount:
                return
            row = (
                await connection.execute(sa.select(table.c.state, table.c.claim).where(its_row))
            ).one_or_none()
        if row is None or row.state == State.FORGOTTEN.value:
            raise ForgottenError
        # If the claim is still the newest, this very statement has finished the note: the connection broke before
        # the database's answer to it came, and it was repeated.
        if row.claim != claim.number:
            raise SupersededError


def _claim(row: Any, pages: frozenset[int]) -> Claim:
    return Claim(
        note=_NOTE.validate_python(row.note),
        number=row.claim,
        answer=_ANSWER.validate_json(row.answer) if row.answer else None,
        posted=_POSTED.validate_python(row.posted) if row.posted else None,
        message_pages=pages,
        decode_crashes=row.decode_crashes,
        received_at=row.received_at,
    )
