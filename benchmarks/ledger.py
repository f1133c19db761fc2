"""Reads the states of notes from the bot's database, without the bot's code."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_NOTES = sa.table("notes", sa.column("message_id", sa.BigInteger), sa.column("state", sa.String))


async def states(url: str) -> dict[int, str]:
    """The state of every note by its message's id; none where the bot has not made its tables yet.

    Raises `SQLAlchemyError`, also while another process has the database locked.
    """
    address = make_url(url)
    if address.drivername == "sqlite" and not _is_file(address):
        return {}
    engine = create_async_engine(address.set(drivername=_DRIVERS[address.drivername]), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table(_NOTES.name)):
                return {}
            rows = await connection.execute(sa.select(_NOTES.c.message_id, _NOTES.c.state))
            return {row.message_id: row.state for row in rows}
    finally:
        await engine.dispose()


def _is_file(address: sa.URL) -> bool:
    # Connecting would create the file.
    return Path(address.database or "").exists()
