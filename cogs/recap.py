"""The command /recap: the notes somebody has missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import MOST_HOURS, ChannelOption  # noqa: TC001 - discord.py reads the annotations
from bot.marking import marked as _

if TYPE_CHECKING:
    from bot.client import VoiceBot


class Recap(commands.Cog):
    """Where the bot can't read, it says so."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    # NOTE: "recap" is the name of a slash command, "hours" and "channel" are its options.
    @app_commands.command(name=_("recap"), description=_("The voice notes you have missed here."))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.rename(hours=_("hours"), channel=_("channel"))
    @app_commands.describe(
        hours=_("Of how many hours; if left out, since your own last message"),
        channel=_("The channel or thread to look at; this one if left out"),
    )
    async def recap(
        self,
        interaction: discord.Interaction,
        hours: app_commands.Range[int, 1, MOST_HOURS] | None = None,
        channel: ChannelOption | None = None,
    ) -> None:
        """List them, with the first words of each."""
        await self.bot.recaps.answer(interaction, hours=hours, channel=channel)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Recap(bot))
