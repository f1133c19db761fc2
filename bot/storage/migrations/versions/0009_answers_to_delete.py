"""Answers that are to be deleted are written down until they are gone from Discord; and no preset gets the number of another."""

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
    _presets(autoincrement=True)


def downgrade() -> None:
    """Remove it, and with it what is still to be deleted."""
    op.drop_table("answers_to_delete")
    _presets(autoincrement=False)


def _presets(*, autoincrement: bool) -> None:
    """Make the table anew, where SQLite gives its numbers: to the next preset that of the newest one, once that is gone."""
    if op.get_bind().dialect.name == "sqlite":
        table = {"sqlite_autoincrement": autoincrement}
        with op.batch_alter_table("guild_presets", recreate="always", table_kwargs=table):
            pass
