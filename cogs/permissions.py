"""Listens to changes of permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.ext import commands

if TYPE_CHECKING:
    import discord

    from bot.client import VoiceBot


class Permissions(commands.Cog):
    """When permissions change, the bot forgets which ones it was found to lack: the next note shows what is allowed now."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Somebody changed a channel; its threads have its permissions."""
        if before.overwrites != after.overwrites:
            threads = [thread.id for thread in after.guild.threads if thread.parent_id == after.id]
            self.bot.actions.permissions_changed([after.id, *threads])

    @commands.Cog.listener()
    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        """Somebody changed a thread: unlocked it, perhaps."""
        self.bot.actions.permissions_changed([event.thread_id])

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Somebody changed a role."""
        if before.permissions != after.permissions:
            self._changed_in(after.guild)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Somebody gave the bot a role, or took one. Of other members this intent tells nothing."""
        if before.roles != after.roles:
            self._changed_in(after.guild)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody invited the bot, perhaps anew and with more permissions."""
        self._changed_in(guild)

    def _changed_in(self, guild: discord.Guild) -> None:
        self.bot.actions.permissions_changed([channel.id for channel in (*guild.channels, *guild.threads)])


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Permissions(bot))
