"""Answers that are to be deleted are written down until they are gone from Discord."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Create the table; of what was not deleted before, nothing is known."""
    op.create_table(
        "answers_to_delete",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("posted", sa.JSON, nullable=False),
        sa.Column("alone", sa.Boolean, nullable=False),
        sa.Column("decided_at", sa.Float, nullable=False),
        sa.Column("due_at", sa.Float, nullable=False),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Remove it, and with it what is still to be deleted."""
    op.drop_table("answers_to_delete")
