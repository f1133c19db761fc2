"""Whose voice it is, who asked, and by which message: one note can be asked about more than once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_notes = sa.table("notes", sa.column("ask", sa.String))


def upgrade() -> None:
    """Add the columns. Of older rows it is not known any more."""
    with op.batch_alter_table("notes") as notes:
        notes.add_column(sa.Column("author_id", sa.BigInteger))
        notes.add_column(sa.Column("asked_by", sa.BigInteger))
        notes.add_column(sa.Column("question_id", sa.BigInteger))
        notes.add_column(sa.Column("transcript", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_index("ix_notes_question_id", "notes", ["question_id"])


def downgrade() -> None:
    """Remove them, and what the version before does not know: it answers every row as a note of its own."""
    op.execute(sa.delete(_notes).where(_notes.c.ask != "listened"))
    op.drop_index("ix_notes_question_id", "notes")
    with op.batch_alter_table("notes") as notes:
        for column in ("transcript", "question_id", "asked_by", "author_id"):
            notes.drop_column(column)
