"""Columns and keys named for what they hold: `decode_crashes`, `claim`, `channel_kind`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_notes = sa.table(
    "notes",
    sa.column("message_id", sa.BigInteger),
    sa.column("attachment_id", sa.BigInteger),
    sa.column("ask", sa.String),
    sa.column("state", sa.String),
    sa.column("note", sa.JSON),
)


def upgrade() -> None:
    """Rename columns; rename a key, and one of its values, in the notes that are not finished yet."""
    with op.batch_alter_table("notes") as notes:
        notes.alter_column(
            "attempts",
            new_column_name="decode_crashes",
            existing_type=sa.Integer,
            existing_nullable=False,
            server_default="0",
        )
        notes.alter_column(
            "turn",
            new_column_name="claim",
            existing_type=sa.Integer,
            existing_nullable=False,
            existing_server_default="0",
        )
    _rewrite("place", "channel_kind", {"channel": "text"})


def downgrade() -> None:
    """Rename them back."""
    with op.batch_alter_table("notes") as notes:
        notes.alter_column(
            "decode_crashes",
            new_column_name="attempts",
            existing_type=sa.Integer,
            existing_nullable=False,
            server_default=None,
        )
        notes.alter_column(
            "claim",
            new_column_name="turn",
            existing_type=sa.Integer,
            existing_nullable=False,
            existing_server_default="0",
        )
    _rewrite("channel_kind", "place", {"text": "channel"})


def _rewrite(old: str, new: str, values: dict[str, str]) -> None:
    """In each stored note, rename the key `old` to `new`, and its value as `values` says."""
    connection = op.get_bind()
    unfinished = _notes.c.state.in_(["received", "answered"])
    for row in connection.execute(sa.select(_notes).where(unfinished)).all():
        if old not in row.note:
            continue
        value = row.note[old]
        note = {key: told for key, told in row.note.items() if key != old} | {new: values.get(value, value)}
        connection.execute(
            sa.update(_notes)
            .where(
                _notes.c.message_id == row.message_id,
                _notes.c.attachment_id == row.attachment_id,
                _notes.c.ask == row.ask,
            )
            .values(note=note)
        )
