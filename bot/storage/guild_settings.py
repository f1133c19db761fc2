"""What servers have set, for the whole server or for one channel, and the last changes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.storage.database import alone, insert
from bot.storage.patience import waits_for_database
from bot.storage.schema import server_settings as table
from bot.storage.schema import setting_changes as changes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

WHOLE_SERVER = 0
"""Stands in place of a channel's id where a setting is the whole server's."""
MOST_CHANGES = 20
"""So many changes of each server are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting was changed, or set back to what holds without it."""

    channel_id: int
    """`WHOLE_SERVER`, or a channel or thread."""
    name: str
    before: str | None
    """As it was stored; None where nothing was set."""
    after: str | None
    changed_by: int | None
    """None once the person has had their data deleted."""
    changed_at: float
    """Seconds since 1970."""


class GuildSettings:
    """The settings of all servers, in the database.

    Args:
        engine: the database.
        clock: gives seconds since 1970.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @waits_for_database
    async def of(self, guild_id: int) -> dict[int, dict[str, str]]:
        """All that is set in a server: by channel (or `WHOLE_SERVER`) and by the setting's name."""
        statement = sa.select(table.c.channel_id, table.c.name, table.c.value).where(
            table.c.guild_id == guild_id
        )
        found: dict[int, dict[str, str]] = {}
        async with self._engine.connect() as connection:
            for row in await connection.execute(statement):
                found.setdefault(row.channel_id, {})[row.name] = row.value
        return found

    @waits_for_database
    async def change(self, guild_id: int, channel_id: int, name: str, value: str | None, by: int) -> Change:
        """Set a value in place of the one before, or remove it, and keep what was changed.

        Args:
            guild_id: the server.
            channel_id: `WHOLE_SERVER`, or a channel or thread of it.
            name: the setting's.
            value: as it is stored; None to remove it.
            by: who changes it.

        Returns:
            What was changed. Where before and after are the same, nothing was, and nothing is kept.
        """
        async with self._engine.begin() as connection:
            # Two people who change the same thing: each sees what the other has made of it.
            await alone(connection, guild_id)
            before = await self._value(connection, guild_id, channel_id, name)
            change = Change(
                channel_id=channel_id,
                name=name,
                before=before,
                after=value,
                changed_by=by,
                changed_at=self._clock(),
            )
            if before != value:
                await self._put(connection, guild_id, channel_id, name, value)
                await self._keep(connection, guild_id, change)
        return change

    @waits_for_database
    async def undo(self, guild_id: int) -> Change | None:
        """Take back the last change that is kept, which is then forgotten; None if there is none."""
        async with self._engine.begin() as connection:
            await alone(connection, guild_id)
            row = (
                await connection.execute(
                    sa.select(changes)
                    .where(changes.c.guild_id == guild_id)
                    .order_by(changes.c.id.desc())
                    .limit(1)
                )
            ).one_or_none()
            if row is None:
                return None
            await self._put(connection, guild_id, row.channel_id, row.name, row.before)
            await connection.execute(sa.delete(changes).where(changes.c.id == row.id))
        return _change(row)

    @waits_for_database
    async def changes(self, guild_id: int) -> list[Change]:
        """The changes that are kept, the last first."""
        statement = sa.select(changes).where(changes.c.guild_id == guild_id).order_by(changes.c.id.desc())
        async with self._engine.connect() as connection:
            return [_change(row) for row in await connection.execute(statement)]

    @staticmethod
    async def _value(connection: AsyncConnection, guild_id: int, channel_id: int, name: str) -> str | None:
        statement = sa.select(table.c.value).where(*_its_row(guild_id, channel_id, name))
        return (await connection.execute(statement)).scalar_one_or_none()

    async def _put(
        self, connection: AsyncConnection, guild_id: int, channel_id: int, name: str, value: str | None
    ) -> None:
        if value is None:
            await connection.execute(sa.delete(table).where(*_its_row(guild_id, channel_id, name)))
            return
        statement = insert(self._engine, table).values(
            guild_id=guild_id, channel_id=channel_id, name=name, value=value
        )
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=[table.c.guild_id, table.c.channel_id, table.c.name],
                set_={"value": statement.excluded.value},
            )
        )

    @staticmethod
    async def _keep(connection: AsyncConnection, guild_id: int, change: Change) -> None:
        await connection.execute(
            sa.insert(changes).values(
                guild_id=guild_id,
                channel_id=change.channel_id,
                name=change.name,
                before=change.before,
                after=change.after,
                changed_by=change.changed_by,
                changed_at=change.changed_at,
            )
        )
        newest = (
            sa.select(changes.c.id)
            .where(changes.c.guild_id == guild_id)
            .order_by(changes.c.id.desc())
            .limit(MOST_CHANGES)
        )
        await connection.execute(
            sa.delete(changes).where(changes.c.guild_id == guild_id, changes.c.id.not_in(newest))
        )


def _its_row(guild_id: int, channel_id: int, name: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.guild_id == guild_id, table.c.channel_id == channel_id, table.c.name == name)


def _change(row: sa.Row[tuple[object, ...]]) -> Change:
    return Change(
        channel_id=row.channel_id,
        name=row.name,
        before=row.before,
        after=row.after,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )
