"""Presets that servers have made for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot import errors, presets
from bot.storage.schema import guild_presets as table
from bot.storage.schema import guilds
from bot.storage.transactions import Store, autocommitted, insert, transaction

if TYPE_CHECKING:
    from bot.presets import Draft, Preset

_COLUMNS = (table.c.id, table.c.name, table.c.emoji, table.c.prompt, table.c.revision)
_ALL = sa.select(*_COLUMNS).where(table.c.guild_id == sa.bindparam("guild")).order_by(table.c.id)


class GuildPresets(Store):
    """The presets of all servers, in the database."""

    @autocommitted
    def of(self, connection: sa.Connection, guild_id: int) -> tuple[Preset, ...]:
        """A server's presets, in the order in which they were made."""
        return _of(connection, guild_id)

    @transaction
    def add(self, connection: sa.Connection, guild_id: int, draft: Draft) -> Preset:
        """Add a preset to a server, unless it has the very same already: the same form may come in twice.

        Raises:
            PresetNameTaken: the server has one of that name.
            TooManyPresets: it has as many as it may have.
        """
        self._lock(connection, guild_id)
        there = _of(connection, guild_id)
        wanted = (draft.title, draft.emoji, draft.prompt)
        for each in there:
            if (each.title, each.emoji, each.prompt) == wanted:
                return each
        _check_name(draft, there)
        if len(there) >= presets.MOST_OWN:
            raise errors.TooManyPresets(limit=presets.MOST_OWN)
        statement = sa.insert(table).values(
            guild_id=guild_id, name=draft.title, emoji=draft.emoji, prompt=draft.prompt
        )
        return _preset(connection.execute(statement.returning(*_COLUMNS)).one())

    @transaction
    def edit(self, connection: sa.Connection, guild_id: int, number: int, draft: Draft) -> Preset:
        """Change a preset of a server, by its number.

        Raises:
            PresetUnknown: the server has it no longer.
            PresetNameTaken: another one has that name.
        """
        self._lock(connection, guild_id)
        there = _of(connection, guild_id)
        old = next((each for each in there if presets.own_number(each.name) == number), None)
        if old is None:
            raise errors.PresetUnknown
        _check_name(draft, [each for each in there if each is not old])
        statement = (
            sa.update(table)
            .where(table.c.guild_id == guild_id, table.c.id == number)
            .values(
                name=draft.title,
                emoji=draft.emoji,
                prompt=draft.prompt,
                revision=old.revision + (draft.prompt != old.prompt),
            )
        )
        return _preset(connection.execute(statement.returning(*_COLUMNS)).one())

    @autocommitted
    def remove(self, connection: sa.Connection, guild_id: int, number: int) -> bool:
        """Remove a preset of a server, by its number; whether it was there."""
        statement = sa.delete(table).where(table.c.guild_id == guild_id, table.c.id == number)
        return connection.execute(statement).rowcount > 0

    def _lock(self, connection: sa.Connection, guild_id: int) -> None:
        """Let nobody else change a server's presets before this transaction ends: they are counted, and then changed."""
        statement = insert(connection, guilds).values(guild_id=guild_id)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[guilds.c.guild_id], set_={"guild_id": statement.excluded.guild_id}
            )
        )


def _of(connection: sa.Connection, guild_id: int) -> tuple[Preset, ...]:
    return tuple(_preset(row) for row in connection.execute(_ALL, {"guild": guild_id}).all())


def _preset(row: sa.Row[*tuple[Any, ...]]) -> Preset:
    return presets.own(row.id, title=row.name, emoji=row.emoji, prompt=row.prompt, revision=row.revision)


def _check_name(draft: Draft, there: tuple[Preset, ...] | list[Preset]) -> None:
    if any(presets.same_name(draft.title, each.title or "") for each in there):
        raise errors.PresetNameTaken(draft.title)
