"""How values are written into the rows of the ledger's table, and which row is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from bot.models import Answer, HeardPart, Posted, VoiceNote
from bot.storage.schema import notes as table

if TYPE_CHECKING:
    import sqlalchemy as sa

DISPATCH_AGAIN_AFTER = 60.0
"""Seconds after which what is still unfinished is dispatched once more, in case its job was lost."""
NOTE = TypeAdapter(VoiceNote)
ANSWER = TypeAdapter(Answer)
PARTS = TypeAdapter(tuple[HeardPart, ...])
POSTED = TypeAdapter(Posted)


def row_of(note: VoiceNote) -> sa.ColumnElement[bool]:
    """The condition for the row of what `note` asks."""
    return (
        (table.c.message_id == note.message_id)
        & (table.c.attachment_id == note.attachment.id)
        & (table.c.ask == note.ask)
    )
