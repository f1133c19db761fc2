"""Servers' settings, and the notes in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "server_settings",
        sa.Column("guild_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "channel_id", "name", name="pk_server_settings"),
    )
    op.create_table(
        "notes",
        sa.Column("message_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("attachment_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("note", sa.JSON, nullable=False),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "attachment_id", name="pk_notes"),
    )
    op.create_index("ix_notes_state", "notes", ["state"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("notes")
    op.drop_table("server_settings")
