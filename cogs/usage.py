"""The command /usage: what was used here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.budgets import Span
from bot.marking import marked as _
from bot.reply import SPANS

if TYPE_CHECKING:
    from bot.client import VoiceBot


class Usage(commands.Cog):
    """Answered in private, wherever it is used."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    # NOTE: "usage" is the name of a slash command, "period" is its option.
    @app_commands.command(
        name=_("usage"), description=_("What was heard here, at what cost, and what is left.")
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.rename(period=_("period"))
    @app_commands.describe(period=_("Of which time; of this month if left out"))
    @app_commands.choices(
        period=[app_commands.Choice(name=name, value=span.value) for span, name in SPANS.items()]
    )
    async def usage(self, interaction: discord.Interaction, period: str = Span.MONTH.value) -> None:
        """Sums, and a chart."""
        await self.bot.usage.answer(interaction, Span(period))


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Usage(bot))
