"""Whose turn a note is, when to look at it again, and which were direct messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; what is unfinished is looked at at once."""
    with op.batch_alter_table("notes") as notes:
        notes.add_column(sa.Column("turn", sa.Integer, nullable=False, server_default="0"))
        notes.add_column(sa.Column("due_at", sa.Float, nullable=False, server_default="0"))
        notes.add_column(sa.Column("direct", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("notes") as notes:
        notes.drop_column("direct")
        notes.drop_column("due_at")
        notes.drop_column("turn")
