"""Hears the notes people post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.ext import commands

from bot.client import VoiceBot, seen_message

if TYPE_CHECKING:
    import discord


class Listen(commands.Cog):
    """Voice messages and audio files, wherever the bot can read them."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Somebody posted something."""
        await self.bot.reception.posted(seen_message(message), self.bot.delivery)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Listen(bot))
