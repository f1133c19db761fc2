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

from bot.errors import ForgottenError, SupersededError
from bot.models import Answer, Case, Place, Posted, State, VoiceNote
from bot.storage.database import insert, patiently, watermarks
from bot.storage.database import notes as table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger("earshot.ledger")

LISTENED = "listened"
"""What is asked of a note nobody asked anything special of."""
LOOK_AGAIN = 60.0
"""Seconds after which it is seen to that somebody works on an unfinished note, whatever became of its job."""
_MOST_DIRECT = 200
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
                "due_at": self._clock() + LOOK_AGAIN,
                "direct": note.place is Place.DIRECT,
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
    async def due(self) -> list[tuple[int, int]]:
        """The messages whose unfinished notes should be worked on by now, each told once in `LOOK_AGAIN` seconds."""
        statement = (
            sa.update(table)
            .where(table.c.state.in_(_UNFINISHED), table.c.due_at <= self._clock())
            .values(due_at=self._clock() + LOOK_AGAIN)
            .returning(table.c.message_id, table.c.home_id)
        )
        async with self._engine.begin() as connection:
            return sorted({(row.message_id, row.home_id) for row in await connection.execute(statement)})

    @patiently
    async def begin(self, message_id: int) -> list[Case]:
        """Begin work on what is unfinished of a message, in the order of its attachments."""
        statement = (
            sa.update(table)
            .where(table.c.message_id == message_id, table.c.state.in_(_UNFINISHED))
            .values(
                turn=table.c.turn + 1,
                due_at=self._clock() + LOOK_AGAIN,
            )
            .returning(
                table.c.attachment_id,
                table.c.note,
                table.c.answer,
                table.c.posted,
                table.c.attempts,
                table.c.turn,
                table.c.received_at,
            )
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

    # What follows is told by whoever works on a case. Each raises ForgottenError where the note was deleted, and
    # SupersededError where somebody else has begun work on it since.

    async def decoding(self, case: Case) -> None:
        """What of this note could end the process begins."""
        await self._change(case, {"attempts": case.cut_off + 1})

    async def decoded(self, case: Case, *, survived: bool) -> None:
        """It is behind us; or, if not `survived`, it was broken off in order, which says nothing about the note."""
        await self._change(case, {"attempts": 0 if survived else case.cut_off})

    async def later(self, case: Case, seconds: float) -> None:
        """Nobody need look at it for so long."""
        await self._change(case, {"due_at": self._clock() + seconds})

    async def answered(self, case: Case, answer: Answer, seconds: float) -> None:
        """Keep the model's answer until it is posted, and what `seconds` of audio cost."""
        await self._change(
            case,
            {
                "state": State.ANSWERED.value,
                "answer": _ANSWER.dump_json(answer).decode(),
                "seconds": seconds,
                "tokens": answer.usage.total_tokens if answer.usage else None,
                "cost": answer.usage.cost if answer.usage else None,
            },
        )

    async def posted(self, case: Case, posted: Posted) -> None:
        """Keep where the answer stands, as far as it does."""
        await self._change(case, {"posted": _POSTED.dump_python(posted, mode="json")})

    async def settle(self, case: Case, state: State) -> None:
        """The note is finished: keep where its answer is and what it cost, forget the rest."""
        await self._change(
            case, {"state": state.value, "note": {}, "answer": None, "finished_at": self._clock()}
        )

    def age(self, case: Case) -> float:
        """Seconds since the note was taken in."""
        return max(0.0, self._clock() - case.received_at)

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
    async def oldest_mark(self) -> int | None:
        """The newest message every shard there ever was has surely seen; None on the first day of the first."""
        async with self._engine.connect() as connection:
            return (await connection.execute(sa.select(sa.func.min(watermarks.c.message_id)))).scalar_one()

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
    async def direct_channels(self) -> list[int]:
        """The channels direct messages with notes came from, the latest first."""
        statement = (
            sa.select(table.c.channel_id)
            .where(table.c.direct)
            .group_by(table.c.channel_id)
            .order_by(sa.func.max(table.c.message_id).desc())
            .limit(_MOST_DIRECT)
        )
        async with self._engine.connect() as connection:
            return list((await connection.execute(statement)).scalars())

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
    async def _change(self, case: Case, values: dict[str, object]) -> None:
        mine = (
            (table.c.message_id == case.note.message_id)
            & (table.c.attachment_id == case.note.attachment.id)
            & (table.c.ask == LISTENED)
        )
        statement = (
            sa.update(table)
            .where(mine, table.c.state.in_(_UNFINISHED), table.c.turn == case.turn)
            .values(values)
        )
        async with self._engine.begin() as connection:
            if (await connection.execute(statement)).rowcount:
                return
            row = (await connection.execute(sa.select(table.c.state, table.c.turn).where(mine))).one_or_none()
        if row is None or row.state == State.FORGOTTEN.value:
            raise ForgottenError
        # With our turn it is finished by this very statement: the connection broke before its answer came.
        if row.turn != case.turn:
            raise SupersededError


def _case(row: Any) -> Case:
    return Case(
        note=_NOTE.validate_python(row.note),
        answer=_ANSWER.validate_json(row.answer) if row.answer else None,
        posted=_POSTED.validate_python(row.posted) if row.posted else None,
        cut_off=row.attempts,
        turn=row.turn,
        received_at=row.received_at,
    )
