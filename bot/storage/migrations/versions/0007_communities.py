"""What a community decides and uses: changes of settings, presets of its own, what was told once, what was paid for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the tables, which are empty: what was paid for before is not known by day and person."""
    op.create_table(
        "setting_changes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("changed_by", sa.BigInteger),
        sa.Column("changed_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_setting_changes"),
    )
    op.create_index("ix_setting_changes_guild_id", "setting_changes", ["guild_id"])
    op.create_table(
        "guild_presets",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("emoji", sa.String(80)),
        sa.Column("prompt", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_guild_presets"),
        sa.UniqueConstraint("guild_id", "name", name="uq_guild_presets"),
    )
    op.create_index("ix_guild_presets_guild_id", "guild_presets", ["guild_id"])
    op.create_table(
        "told",
        sa.Column("what", sa.String(80), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger, nullable=False),
        sa.Column("attachment_id", sa.BigInteger, nullable=False),
        sa.Column("ask", sa.String(40), nullable=False),
        sa.Column("told_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("what", name="pk_told"),
    )
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("introduced_at", sa.Float),
        sa.Column("left_at", sa.Float),
        sa.PrimaryKeyConstraint("guild_id", name="pk_guilds"),
    )
    op.create_table(
        "usage",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("reserved_at", sa.Float, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("held_until", sa.Float, nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("speaker_id", sa.BigInteger),
        sa.Column("asked_by", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("attachment_id", sa.BigInteger),
        sa.Column("ask", sa.String(40)),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("tokens", sa.BigInteger),
        sa.Column("cost", sa.Float),
        sa.Column("model", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_usage"),
    )
    op.create_index("ix_usage_reserved_at", "usage", ["reserved_at"])
    op.create_index("ix_usage_message_id", "usage", ["message_id"])
    op.create_index("ix_usage_guild_id", "usage", ["guild_id", "reserved_at"])
    op.create_index("ix_usage_asked_by", "usage", ["asked_by", "reserved_at"])


def downgrade() -> None:
    """Remove them. Settings other than the prompt stay where they are: the version before does not look at them."""
    for table in ("usage", "guilds", "told", "guild_presets", "setting_changes"):
        op.drop_table(table)
