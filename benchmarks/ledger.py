"""Reads the states of what was asked from the bot's database, without the bot's code."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_NOTES = sa.table(
    "notes",
    sa.column("message_id", sa.BigInteger),
    sa.column("ask", sa.String),
    sa.column("state", sa.String),
)
_SETTINGS = sa.table(
    "server_settings",
    sa.column("guild_id", sa.BigInteger),
    sa.column("channel_id", sa.BigInteger),
    sa.column("name", sa.String),
    sa.column("value", sa.String),
)
LISTENED, PRESS, QUESTION = "listened", "preset", "question"
"""How the keys of what is asked begin."""
_KINDS = (LISTENED, PRESS, QUESTION)


def key_of(message_id: int, kind: str) -> int:
    """One number for a note's message and what is asked about it: the message's id for the note itself."""
    return message_id if kind == LISTENED else -(message_id * len(_KINDS) + _KINDS.index(kind))


def kind_of(key: int) -> str:
    """What a key is of."""
    return LISTENED if key > 0 else _KINDS[-key % len(_KINDS)]


async def settings(url: str, name: str) -> dict[int, str]:
    """What whole servers have set a setting to, as the bot has written it, by the server's id. Raises `SQLAlchemyError`."""
    address = make_url(url)
    return await asyncio.to_thread(_settings, address.set(drivername=_DRIVERS[address.drivername]), name)


async def states(url: str) -> dict[int, str]:
    """The state of all that was asked, by its `key_of`; nothing where the bot has not made its tables yet.

    Raises `SQLAlchemyError`, also while another process has the database locked.
    """
    address = make_url(url)
    if address.drivername == "sqlite" and not _is_file(address):
        return {}
    return await asyncio.to_thread(_states, address.set(drivername=_DRIVERS[address.drivername]))


def _settings(address: sa.URL, name: str) -> dict[int, str]:
    whole = sa.select(_SETTINGS).where(_SETTINGS.c.name == name, _SETTINGS.c.channel_id == 0)
    with sa.create_engine(address, poolclass=NullPool).connect() as connection:
        return {row.guild_id: row.value for row in connection.execute(whole)}


def _states(address: sa.URL) -> dict[int, str]:
    with sa.create_engine(address, poolclass=NullPool).connect() as connection:
        if not sa.inspect(connection).has_table(_NOTES.name):
            return {}
        rows = connection.execute(sa.select(_NOTES))
        return {key_of(row.message_id, row.ask.partition(":")[0]): row.state for row in rows}


def _is_file(address: sa.URL) -> bool:
    # Connecting would create the file.
    return Path(address.database or "").exists()
