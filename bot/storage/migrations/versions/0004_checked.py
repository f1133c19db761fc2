"""When it was last seen that an answered note is still there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column; nothing was checked yet."""
    with op.batch_alter_table("notes") as notes:
        notes.add_column(sa.Column("checked_at", sa.Float))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("notes") as notes:
        notes.drop_column("checked_at")
