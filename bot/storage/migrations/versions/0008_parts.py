"""What was heard of a long note, while the rest of it is not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the column; of what is under way, nothing is known."""
    op.add_column("notes", sa.Column("parts", sa.Text))


def downgrade() -> None:
    """Remove it, and with it what was heard of notes that are not answered yet: they are heard anew."""
    op.drop_column("notes", "parts")
