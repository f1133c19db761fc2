"""Follows which servers the bot is in: it introduces itself in new ones, and what is stored of those it has left goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    import discord

    from bot.client.introductions import Introductions
    from bot.storage import Guilds


log = structlog.get_logger("earshot.servers")


class Membership:
    """Writes down where the bot is and where it is not any more.

    Args:
        bot: knows the servers of this process's shards.
        guilds: what is known of servers.
        introductions: for new ones.
    """

    def __init__(
        self, bot: discord.AutoShardedClient, *, guilds: Guilds, introductions: Introductions
    ) -> None:
        self._bot = bot
        self._guilds = guilds
        self._introductions = introductions

    async def ready(self, shard_id: int) -> None:
        """A session of a shard began: Discord has told all its servers, and nothing of those that were left meanwhile."""
        guilds = [guild for guild in self._bot.guilds if guild.shard_id == shard_id]
        there = {guild.id for guild in guilds}
        known = await self._guilds.known(shard_id, self._bot.shard_count or 1)
        if gone := known - there:
            await self._guilds.leave(gone)
            log.info("servers were left meanwhile", guilds=len(gone))
        await self._guilds.come_back(there)
        for guild in guilds:
            if not guild.unavailable:
                await self._introductions.introduce(guild)

    async def joined(self, guild: discord.Guild) -> None:
        """Somebody invited the bot."""
        await self._guilds.come_back([guild.id])
        log.info("joined a server", guild=guild.id)
        await self._introductions.introduce(guild)

    async def available(self, guild: discord.Guild) -> None:
        """A server that Discord had unavailable is there. It may be new."""
        await self._introductions.introduce(guild)

    async def left(self, guild: discord.Guild) -> None:
        """The bot was removed from a server, or the server deleted."""
        await self._guilds.leave([guild.id])
        log.info("left a server", guild=guild.id)

    async def used(self, interaction: discord.Interaction) -> None:
        """Somebody used a command: in a server that has the commands alone, that shows that it has them still."""
        guild_id = interaction.guild_id
        if guild_id and self._bot.get_guild(guild_id) is None and interaction.is_guild_integration():
            await self._guilds.come_back([guild_id])
