"""What servers have set, for the whole server or for one channel, and the last changes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bot.storage.schema import server_settings as table
from bot.storage.schema import setting_changes as changes
from bot.storage.transactions import Store, alone, autocommitted, insert, transaction

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


class GuildSettings(Store):
    """The settings of all servers, in the database."""

    @autocommitted
    def of(self, connection: sa.Connection, guild_id: int) -> dict[int, dict[str, str]]:
        """All that is set in a server: by channel (or `WHOLE_SERVER`) and by the setting's name."""
        statement = sa.select(table.c.channel_id, table.c.name, table.c.value).where(
            table.c.guild_id == guild_id
        )
        found: dict[int, dict[str, str]] = {}
        for row in connection.execute(statement):
            found.setdefault(row.channel_id, {})[row.name] = row.value
        return found

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
        wanted = Change(
            channel_id=channel_id,
            name=name,
            before=None,
            after=value,
            changed_by=by,
            changed_at=self._clock(),
        )
        return await self._changed(guild_id, wanted, {})

    async def undo(self, guild_id: int) -> Change | None:
        """Take back the last change that is kept, which is then forgotten; None if there is none."""
        while last := await self._last(guild_id):
            number, change = last
            if await self._taken_back(guild_id, number, change):
                return change
        return None

    @transaction
    def _changed(
        self, connection: sa.Connection, guild_id: int, wanted: Change, tried: dict[int, Change]
    ) -> Change:
        """What comes of a change, whose `before` is looked up here. `tried`: what it came to before, by its number."""
        # Two people who change the same thing: each sees what the other has made of it.
        alone(connection, guild_id)
        # A connection can break before the server's answer comes, and this is repeated: not over what others have set since.
        for number, change in tried.items():
            if _is_kept(connection, guild_id, number, change):
                return change
        before = self._value(connection, guild_id, wanted.channel_id, wanted.name)
        change = replace(wanted, before=before)
        if before == wanted.after:
            return change
        self._put(connection, guild_id, change.channel_id, change.name, change.after)
        tried[self._keep(connection, guild_id, change)] = change
        return change

    @autocommitted
    def _last(self, connection: sa.Connection, guild_id: int) -> tuple[int, Change] | None:
        """The last change that is kept, and its number."""
        row = connection.execute(_newest(guild_id, 1)).one_or_none()
        return (row.id, _change(row)) if row is not None else None

    @transaction
    def _taken_back(self, connection: sa.Connection, guild_id: int, number: int, change: Change) -> bool:
        """Take back the change of a number, if it is still the last one; whether it is taken back now, by whomever."""
        alone(connection, guild_id)
        # A connection can break before the server's answer comes, and this is repeated: not with the change before it.
        if not _is_kept(connection, guild_id, number, change):
            return True
        if connection.execute(_newest(guild_id, 1)).one().id != number:
            return False
        self._put(connection, guild_id, change.channel_id, change.name, change.before)
        connection.execute(sa.delete(changes).where(changes.c.id == number))
        return True

    @autocommitted
    def changes(self, connection: sa.Connection, guild_id: int) -> list[Change]:
        """The changes that are kept, the last first."""
        return [_change(row) for row in connection.execute(_newest(guild_id, MOST_CHANGES))]

    @staticmethod
    def _value(connection: sa.Connection, guild_id: int, channel_id: int, name: str) -> str | None:
        statement = sa.select(table.c.value).where(*_its_row(guild_id, channel_id, name))
        return connection.execute(statement).scalar_one_or_none()

    def _put(
        self, connection: sa.Connection, guild_id: int, channel_id: int, name: str, value: str | None
    ) -> None:
        if value is None:
            connection.execute(sa.delete(table).where(*_its_row(guild_id, channel_id, name)))
            return
        statement = insert(connection, table).values(
            guild_id=guild_id, channel_id=channel_id, name=name, value=value
        )
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[table.c.guild_id, table.c.channel_id, table.c.name],
                set_={"value": statement.excluded.value},
            )
        )

    @staticmethod
    def _keep(connection: sa.Connection, guild_id: int, change: Change) -> int:
        inserted = connection.execute(
            sa.insert(changes).values(
                guild_id=guild_id,
                channel_id=change.channel_id,
                name=change.name,
                before=change.before,
                after=change.after,
                changed_by=change.changed_by,
                changed_at=change.changed_at,
            )
        ).inserted_primary_key
        kept = _newest(guild_id, MOST_CHANGES).with_only_columns(changes.c.id)
        connection.execute(
            sa.delete(changes).where(changes.c.guild_id == guild_id, changes.c.id.not_in(kept))
        )
        assert inserted is not None  # noqa: S101 - it is one row
        return inserted[0]


def _newest(guild_id: int, count: int) -> sa.Select[Any]:
    return sa.select(changes).where(changes.c.guild_id == guild_id).order_by(changes.c.id.desc()).limit(count)


def _is_kept(connection: sa.Connection, guild_id: int, number: int, change: Change) -> bool:
    """Whether a change is kept under its number. In an SQLite file another may have the number of one that is kept no more."""
    statement = sa.select(changes).where(changes.c.guild_id == guild_id, changes.c.id == number)
    row = connection.execute(statement).one_or_none()
    # Who it was may be forgotten by now.
    return row is not None and replace(_change(row), changed_by=change.changed_by) == change


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
