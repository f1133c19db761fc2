"""How values are written into the rows of the ledger's table, and which row is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.models import Answer, HeardPart, Posted, VoiceNote
from bot.storage.schema import notes as table

if TYPE_CHECKING:
    from collections.abc import Mapping

DISPATCH_AGAIN_AFTER = 60.0
"""Seconds after which what is still unfinished is dispatched once more, in case its job was lost."""
EMPTIED: Mapping[str, object] = {"note": {}, "answer": None, "parts": None, "posted": None}
"""What a row is set to of which nothing is kept but its ids."""
CLOCKS_APART = 60.0
"""Seconds by which the clocks of a fleet's machines may differ."""
NOTE = TypeAdapter(VoiceNote)
ANSWER = TypeAdapter(Answer)
PARTS = TypeAdapter(tuple[HeardPart, ...])
POSTED = TypeAdapter(Posted)


_KEY = (table.c.message_id, table.c.attachment_id, table.c.ask)
ITS_ROW = sa.and_(*(column == sa.bindparam(f"of_{column.name}") for column in _KEY))
"""The condition for the row of what a note asks, in statements that are made once; with the parameters of `key_of`."""


def key_of(note: VoiceNote) -> dict[str, object]:
    """The parameters that `ITS_ROW` takes. No column is called so: in an UPDATE, columns' names are values to set."""
    return {"of_message_id": note.message_id, "of_attachment_id": note.attachment.id, "of_ask": note.ask}


def row_of(note: VoiceNote) -> sa.ColumnElement[bool]:
    """The condition for the row of what `note` asks."""
    return (
        (table.c.message_id == note.message_id)
        & (table.c.attachment_id == note.attachment.id)
        & (table.c.ask == note.ask)
    )
