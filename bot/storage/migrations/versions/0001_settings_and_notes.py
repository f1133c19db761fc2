"""Servers' settings, the ledger of notes, and how far each shard has seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
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
        sa.Column("ask", sa.String(40), nullable=False),
        sa.Column("home_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("note", sa.JSON, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("posted", sa.JSON),
        sa.Column("seconds", sa.Float),
        sa.Column("tokens", sa.Integer),
        sa.Column("cost", sa.Float),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("finished_at", sa.Float),
        sa.PrimaryKeyConstraint("message_id", "attachment_id", "ask", name="pk_notes"),
    )
    op.create_index("ix_notes_state", "notes", ["state"])
    op.create_index("ix_notes_home_id", "notes", ["home_id"])
    op.create_table(
        "watermarks",
        sa.Column("shard_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shard_id", name="pk_watermarks"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("watermarks")
    op.drop_table("notes")
    op.drop_table("server_settings")
