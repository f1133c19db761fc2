"""Listens to messages: takes in the notes people post and their questions, and follows what is edited and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.ext import commands

if TYPE_CHECKING:
    import discord

    from bot.client import VoiceBot


class Listen(commands.Cog):
    """Listens wherever the bot can read messages."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Somebody posted something."""
        with self.bot.catch_up.taking_in(message):
            await self.bot.arrivals.arrived(message, await self.bot.channel_of(message))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Somebody deleted a message."""
        await self.bot.deleted([event.message_id])

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """Somebody deleted many messages."""
        await self.bot.deleted(sorted(event.message_ids))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, event: discord.RawMessageUpdateEvent) -> None:
        """Somebody edited a message, or Discord did."""
        await self.bot.edited(event)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Listen(bot))
