"""The commands /help and /status: what the bot is for, and what happens to notes here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.marking import marked as _

if TYPE_CHECKING:
    from bot.client import VoiceBot


class About(commands.Cog):
    """Both are answered in private, wherever they are used."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    # NOTE: "help" and "status" are the names of slash commands.
    @app_commands.command(name=_("help"), description=_("What I do here, and how to ask me."))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def help(self, interaction: discord.Interaction) -> None:
        """One screen."""
        await self.bot.about.help(interaction)

    @app_commands.command(name=_("status"), description=_("What happens to a voice note here, and why."))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def status(self, interaction: discord.Interaction) -> None:
        """Each setting, and where it comes from."""
        await self.bot.about.status(interaction)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(About(bot))
