"""A database's revision is found out without alembic, which is loaded by those alone who have something to migrate."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from bot import storage
from bot.storage import revisions

ROOT = Path(__file__).parents[2]
OPEN = """
import asyncio, sys
from bot import storage

async def main():
    async with storage.opened(sys.argv[1]):
        pass

asyncio.run(main())
heavy = ("alembic", "sqlalchemy.ext.asyncio", "sqlalchemy.orm", "sqlalchemy.dialects.postgresql")
print([name for name in heavy if name in sys.modules])
"""


def test_the_newest_is_what_alembic_takes_for_it() -> None:
    """By the names of the files."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        scripts = ScriptDirectory.from_config(revisions.config_of(connection))
    engine.dispose()
    assert scripts.get_current_head() == revisions.newest()


async def test_what_is_not_needed_is_not_loaded(tmp_path: Path) -> None:
    """It is megabytes, and a second of a small machine's start."""
    url = f"sqlite:///{tmp_path}/a.db"
    await storage.migrate(url)
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", OPEN, url], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout == b"[]\n"
