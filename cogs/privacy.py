"""The command /privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot.marking import marked as _

if TYPE_CHECKING:
    import discord

    from bot.client import VoiceBot


class Privacy(commands.Cog):
    """Works wherever commands do."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=_("privacy"), description=_("What becomes of what you say; opt out; delete your data.")
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def privacy(self, interaction: discord.Interaction) -> None:
        """Tell what becomes of what people say, and let them decide about it."""
        await self.bot.privacy.show(interaction)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Privacy(bot))
