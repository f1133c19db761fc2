"""One row a note, written before anything is visible. Every transition is one statement; none goes back.

received ──► answered ──► posted
    │            │
    └────────────┴──────► refused, failed, forgotten
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from pydantic import TypeAdapter, ValidationError

from bot.database import insert, patiently, watermarks
from bot.database import notes as table
from bot.errors import ForgottenError
from bot.models import Answer, Case, Posted, State, VoiceNote

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger("earshot.ledger")

LISTENED = "listened"
"""What is asked of a note nobody asked anything special of."""
_UNFINISHED = (State.RECEIVED.value, State.ANSWERED.value)
_NOTE = TypeAdapter(VoiceNote)
_ANSWER = TypeAdapter(Answer)
_POSTED = TypeAdapter(Posted)


class Ledger:
    """The notes taken, in the database. `clock` gives seconds since 1970."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @patiently
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
                "attempts": 0,
                "note": _NOTE.dump_python(note, mode="json"),
                "received_at": self._clock(),
            }
            for note in notes
        ]
        statement = insert(self._engine, table).values(rows).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            new = await connection.execute(statement.returning(table.c.attachment_id))
            return len(new.all())

    @patiently
    async def waiting(self, home_id: int, message_id: int) -> int:
        """How many unfinished notes of a server (or of one person, in direct messages) are older than a message."""
        statement = sa.select(sa.func.count()).where(
            table.c.home_id == home_id, table.c.state.in_(_UNFINISHED), table.c.message_id < message_id
        )
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).scalar_one()

    @patiently
    async def unfinished(self) -> list[tuple[int, int]]:
        """The messages with unfinished notes, oldest first, each with its server."""
        statement = (
            sa.select(table.c.message_id, table.c.home_id)
            .where(table.c.state.in_(_UNFINISHED))
            .group_by(table.c.message_id, table.c.home_id)
            .order_by(table.c.message_id)
        )
        async with self._engine.connect() as connection:
            return [(row.message_id, row.home_id) for row in await connection.execute(statement)]

    @patiently
    async def begin(self, message_id: int) -> list[Case]:
        """Begin work on what is unfinished of a message, in the order of its attachments."""
        statement = (
            sa.update(table)
            .where(table.c.message_id == message_id, table.c.state.in_(_UNFINISHED))
            .values(attempts=table.c.attempts + 1)
            .returning(table.c.attachment_id, table.c.note, table.c.answer, table.c.posted, table.c.attempts)
        )
        async with self._engine.begin() as connection:
            rows = (await connection.execute(statement)).all()
        cases: list[Case] = []
        for row in sorted(rows, key=lambda row: row.attachment_id):
            try:
                cases.append(_case(row))
            except ValidationError:
                # Its text would quote the note. Another version wrote this row; the others should not suffer.
                log.error("unreadable row", message=message_id, attachment=row.attachment_id)  # noqa: TRY400
                await self._give_up(message_id, row.attachment_id)
        return cases

    async def harmless(self, note: VoiceNote) -> None:
        """What of this note could end the process is behind us: attempts are counted anew."""
        await self._change(note, {"attempts": 1})

    async def released(self, note: VoiceNote) -> None:
        """Work on it ended in order, unfinished: this attempt does not count."""
        fewer = sa.case((table.c.attempts > 0, table.c.attempts - 1), else_=0)
        await self._change(note, {"attempts": fewer})

    async def answered(self, note: VoiceNote, answer: Answer, seconds: float) -> None:
        """Keep the model's answer until it is posted, and what `seconds` of audio cost.

        Raises:
            ForgottenError: the note was deleted.
        """
        await self._change(
            note,
            {
                "state": State.ANSWERED.value,
                "answer": _ANSWER.dump_json(answer).decode(),
                "seconds": seconds,
                "tokens": answer.usage.total_tokens if answer.usage else None,
                "cost": answer.usage.cost if answer.usage else None,
            },
        )

    async def posted(self, note: VoiceNote, posted: Posted) -> None:
        """Keep where the answer stands, as far as it does.

        Raises:
            ForgottenError: the note was deleted.
        """
        await self._change(note, {"posted": _POSTED.dump_python(posted, mode="json")})

    async def settle(self, note: VoiceNote, state: State) -> None:
        """The note is finished: keep where its answer is and what it cost, forget the rest.

        Raises:
            ForgottenError: the note was deleted.
        """
        await self._change(
            note, {"state": state.value, "note": {}, "answer": None, "finished_at": self._clock()}
        )

    @patiently
    async def forget(self, message_ids: Sequence[int]) -> list[tuple[int, int, Posted]]:
        """Forget notes whose message was deleted; message, channel and place of each answer there is to take back."""
        mine = table.c.message_id.in_(message_ids) & (table.c.state != State.FORGOTTEN.value)
        async with self._engine.begin() as connection:
            found = (
                await connection.execute(
                    sa.select(table.c.message_id, table.c.channel_id, table.c.posted).where(mine)
                )
            ).all()
            if found:
                await connection.execute(
                    sa.update(table)
                    .where(mine)
                    .values(
                        state=State.FORGOTTEN.value,
                        note={},
                        answer=None,
                        posted=None,
                        finished_at=self._clock(),
                    )
                )
        return [
            (row.message_id, row.channel_id, _POSTED.validate_python(row.posted))
            for row in found
            if row.posted
        ]

    @patiently
    async def seen_until(self, shard_id: int) -> int | None:
        """The newest message a shard has surely seen; None on its first day."""
        statement = sa.select(watermarks.c.message_id).where(watermarks.c.shard_id == shard_id)
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    @patiently
    async def saw(self, shard_id: int, message_id: int) -> None:
        """All messages up to this one were seen by the shard; what is a note among them is in the ledger."""
        statement = insert(self._engine, watermarks).values(shard_id=shard_id, message_id=message_id)
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[watermarks.c.shard_id], set_={"message_id": statement.excluded.message_id}
                )
            )

    @patiently
    async def prune(self, keep_seconds: float) -> int:
        """Delete finished rows older than that; how many."""
        statement = sa.delete(table).where(
            table.c.state.not_in(_UNFINISHED), table.c.finished_at < self._clock() - keep_seconds
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount

    @patiently
    async def _give_up(self, message_id: int, attachment_id: int) -> None:
        statement = (
            sa.update(table)
            .where(table.c.message_id == message_id, table.c.attachment_id == attachment_id)
            .values(state=State.FAILED.value, note={}, answer=None, finished_at=self._clock())
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    @patiently
    async def _change(self, note: VoiceNote, values: dict[str, object]) -> None:
        statement = (
            sa.update(table)
            .where(
                table.c.message_id == note.message_id,
                table.c.attachment_id == note.attachment.id,
                table.c.ask == LISTENED,
                table.c.state.in_(_UNFINISHED),
            )
            .values(values)
        )
        async with self._engine.begin() as connection:
            if (await connection.execute(statement)).rowcount:
                return
            state = (
                await connection.execute(
                    sa.select(table.c.state).where(
                        table.c.message_id == note.message_id,
                        table.c.attachment_id == note.attachment.id,
                        table.c.ask == LISTENED,
                    )
                )
            ).scalar_one_or_none()
        # Finished already: by this very statement, when the connection broke before its answer came.
        if state in {None, State.FORGOTTEN.value}:
            raise ForgottenError


def _case(row: Any) -> Case:
    return Case(
        note=_NOTE.validate_python(row.note),
        answer=_ANSWER.validate_json(row.answer) if row.answer else None,
        posted=_POSTED.validate_python(row.posted) if row.posted else None,
        attempts=row.attempts,
    )
