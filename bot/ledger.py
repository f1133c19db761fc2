"""One row a note, written before anything is visible: what is in hand survives a restart, what is done stays done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.sqlite import insert

from bot.database import notes as table
from bot.models import Outcome, VoiceNote

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

RECEIVED = "received"
_JSON = TypeAdapter(VoiceNote)


class Ledger:
    """The notes taken, in the database. `clock` gives seconds since 1970."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    async def receive(self, note: VoiceNote) -> bool:
        """Write the note down; False if it already was, so that nothing is answered twice."""
        statement = insert(table).values(
            message_id=note.message_id,
            attachment_id=note.attachment.id,
            state=RECEIVED,
            note=_JSON.dump_python(note, mode="json"),
            received_at=self._clock(),
        )
        async with self._engine.begin() as connection:
            result = await connection.execute(statement.on_conflict_do_nothing())
        return result.rowcount > 0

    async def settle(self, note: VoiceNote, outcome: Outcome) -> None:
        """The note is finished: keep that, forget the rest."""
        async with self._engine.begin() as connection:
            await connection.execute(
                sa.update(table)
                .where(table.c.message_id == note.message_id, table.c.attachment_id == note.attachment.id)
                .values(state=outcome.value, note={})
            )

    async def unfinished(self) -> list[VoiceNote]:
        """The notes a former run received and did not finish, oldest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                sa.select(table.c.note).where(table.c.state == RECEIVED).order_by(table.c.received_at)
            )
            return [_JSON.validate_python(row.note) for row in rows]
