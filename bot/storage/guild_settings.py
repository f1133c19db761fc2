"""What servers have set, for the whole server or for one channel. Each setting is declared here, once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import prompts
from bot.storage.database import insert
from bot.storage.patience import waits_for_database
from bot.storage.schema import server_settings as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSetting:
    """One thing a server can set: its name in the database, the longest value, the help text."""

    name: str
    most_characters: int
    help: str


PROMPT = GuildSetting(
    name="prompt",
    most_characters=prompts.MOST_CHARACTERS,
    help="What is asked of every voice note here, for example: Summarise this in three sentences.",
)

WHOLE_SERVER = 0
"""Stands in place of a channel's id where a setting is the whole server's."""


class GuildSettings:
    """The settings of all servers, in the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(
        self, setting: GuildSetting, guild_id: int, *, channel_id: int = WHOLE_SERVER
    ) -> str | None:
        """What is set for exactly this channel, or for the server as a whole; None if nothing is."""
        found = await self._found(setting, guild_id, {channel_id})
        return found.get(channel_id)

    async def nearest(
        self, setting: GuildSetting, guild_id: int, channel_ids: tuple[int, ...]
    ) -> tuple[str | None, str | None]:
        """The value of the first of `channel_ids` that has one, and the value of the server; None where nothing is set."""
        found = await self._found(setting, guild_id, {*channel_ids, WHOLE_SERVER})
        channel = next((found[channel] for channel in channel_ids if channel in found), None)
        return channel, found.get(WHOLE_SERVER)

    @waits_for_database
    async def put(
        self, setting: GuildSetting, guild_id: int, value: str, *, channel_id: int = WHOLE_SERVER
    ) -> None:
        """Set a value, in place of the one before; it is cut to the setting's limit."""
        statement = insert(self._engine, table).values(
            guild_id=guild_id,
            channel_id=channel_id,
            name=setting.name,
            value=value[: setting.most_characters],
        )
        async with self._engine.begin() as connection:
            await connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[table.c.guild_id, table.c.channel_id, table.c.name],
                    set_={"value": statement.excluded.value},
                )
            )

    @waits_for_database
    async def reset(self, setting: GuildSetting, guild_id: int, *, channel_id: int = WHOLE_SERVER) -> bool:
        """Remove a value; whether there was one."""
        async with self._engine.begin() as connection:
            result = await connection.execute(
                sa.delete(table).where(
                    table.c.guild_id == guild_id,
                    table.c.channel_id == channel_id,
                    table.c.name == setting.name,
                )
            )
        return result.rowcount > 0

    @waits_for_database
    async def _found(self, setting: GuildSetting, guild_id: int, channel_ids: set[int]) -> dict[int, str]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                sa.select(table.c.channel_id, table.c.value).where(
                    table.c.guild_id == guild_id,
                    table.c.channel_id.in_(channel_ids),
                    table.c.name == setting.name,
                )
            )
            return {row.channel_id: row.value for row in rows}
