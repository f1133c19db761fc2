"""Listens to the bot's coming to servers and going from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.ext import commands

if TYPE_CHECKING:
    import discord

    from bot.client import VoiceBot


class Servers(commands.Cog):
    """What follows from it is the same however the bot learns of it: at once, or when it connects."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """The shard's servers are known."""
        await self.bot.membership.ready(shard_id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Somebody invited the bot."""
        await self.bot.membership.joined(guild)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server that Discord had unavailable is there."""
        await self.bot.membership.available(guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Somebody removed the bot."""
        await self.bot.membership.left(guild)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, pressed something, or sent in a form."""
        await self.bot.membership.used(interaction)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Servers(bot))
