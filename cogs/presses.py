"""Listens to presses of buttons, choices and forms, and to flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord.ext import commands

from bot.reply import is_press, read_press

if TYPE_CHECKING:
    import discord

    from bot.client import VoiceBot


class Presses(commands.Cog):
    """Their custom ids say what is wanted, so that they work after a restart, and whichever process hears of them."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, pressed something, or sent in a form."""
        custom_id = str((interaction.data or {}).get("custom_id", ""))
        if is_press(custom_id):
            await self.bot.pressed(interaction, read_press(custom_id))

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """Somebody reacted to a message."""
        await self.bot.reacted(event)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Presses(bot))
