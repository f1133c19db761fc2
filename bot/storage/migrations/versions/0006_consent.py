"""Who does not want to be heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table; nobody has opted out yet. Rows are looked for by whose recording it is."""
    op.create_table(
        "opted_out",
        sa.Column("user_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("opted_out_at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_opted_out"),
    )
    op.create_index("ix_notes_author_id", "notes", ["author_id"])


def downgrade() -> None:
    """Remove it. The version before hears everybody: do not go back while people rely on it."""
    op.drop_index("ix_notes_author_id", "notes")
    op.drop_table("opted_out")
