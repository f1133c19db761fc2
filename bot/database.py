"""The database: its tables, and bringing a file up to date."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import alembic.command
import alembic.config
import alembic.util
import sqlalchemy as sa
import sqlalchemy.event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sqlalchemy.ext.asyncio import AsyncEngine

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

server_settings = sa.Table(
    "server_settings",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # 0: the whole server. NULL cannot be part of a primary key.
    sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attachment_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    # What is needed to take the note up again; emptied when it is finished.
    sa.Column("note", sa.JSON, nullable=False),
    # Seconds since 1970, UTC.
    sa.Column("received_at", sa.Float, nullable=False),
)


class DatabaseError(Exception):
    """The database cannot be used; the text says where it is and what the trouble is."""


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[AsyncEngine]:
    """The database at `url` (`sqlite:///PATH`), brought up to date; closed at the end.

    Raises:
        DatabaseError: it cannot be opened or brought up to date.
    """
    target = make_url(url).set(drivername="sqlite+aiosqlite")
    engine = create_async_engine(target)

    @sqlalchemy.event.listens_for(engine.sync_engine, "connect")
    def _pragmas(connection: Any, _: object) -> None:  # pyright: ignore[reportUnusedFunction] - registered above
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA busy_timeout=10000")
        cursor.close()

    try:
        try:
            Path(target.database or "").parent.mkdir(parents=True, exist_ok=True)
            async with engine.begin() as connection:
                await connection.run_sync(_migrate)
        except (OSError, SQLAlchemyError, alembic.util.CommandError) as error:
            reason = getattr(error, "orig", None) or error
            raise DatabaseError(f"The database {target.database} can't be used: {reason}") from error
        yield engine
    finally:
        await engine.dispose()


def _migrate(connection: sa.Connection) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", "bot:migrations")
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, "head")
