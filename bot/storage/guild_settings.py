"""What servers have set: each setting declared once, kept for a whole server or one channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import prompts
from bot.storage.database import insert, patiently
from bot.storage.database import server_settings as table

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing a server can set: its name in database and commands, its limit, its help."""

    name: str
    most_characters: int
    help: str


PROMPT = Setting(
    name="prompt",
    most_characters=prompts.MOST_CHARACTERS,
    help="What is asked of every voice note here, for example: Summarise this in three sentences.",
)

WHOLE_SERVER = 0


class Store:
    """Servers' settings in the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, setting: Setting, guild_id: int, *, channel_id: int = WHOLE_SERVER) -> str | None:
        """What is set for just this channel, or just the server as a whole."""
        found = await self._found(setting, guild_id, {channel_id})
        return found.get(channel_id)

    async def nearest(
        self, setting: Setting, guild_id: int, channel_ids: tuple[int, ...]
    ) -> tuple[str | None, str | None]:
        """What the first of `channel_ids` to set anything says, and what the server says; None where unset."""
        found = await self._found(setting, guild_id, {*channel_ids, WHOLE_SERVER})
        channel = next((found[channel] for channel in channel_ids if channel in found), None)
        return channel, found.get(WHOLE_SERVER)

    @patiently
    async def put(
        self, setting: Setting, guild_id: int, value: str, *, channel_id: int = WHOLE_SERVER
    ) -> None:
        """Set it, over what was set before."""
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

    @patiently
    async def reset(self, setting: Setting, guild_id: int, *, channel_id: int = WHOLE_SERVER) -> bool:
        """Unset it; whether it was set."""
        async with self._engine.begin() as connection:
            result = await connection.execute(
                sa.delete(table).where(
                    table.c.guild_id == guild_id,
                    table.c.channel_id == channel_id,
                    table.c.name == setting.name,
                )
            )
        return result.rowcount > 0

    @patiently
    async def _found(self, setting: Setting, guild_id: int, channel_ids: set[int]) -> dict[int, str]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                sa.select(table.c.channel_id, table.c.value).where(
                    table.c.guild_id == guild_id,
                    table.c.channel_id.in_(channel_ids),
                    table.c.name == setting.name,
                )
            )
            return {row.channel_id: row.value for row in rows}
