"""The command group /presets, for members who manage a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import OwnPresetOption  # noqa: TC001 - discord.py reads the annotations
from bot.marking import marked as _

if TYPE_CHECKING:
    from bot.client import VoiceBot


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class Presets(
    commands.GroupCog,
    # NOTE: "presets" is the name of a slash command, "add", "edit", "remove" and "list" are its subcommands.
    group_name=_("presets"),
    group_description=_("Ready-made prompts of this server's own"),
):
    """A server's own presets."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @app_commands.command(
        name=_("add"), description=_("Make a preset that everybody in this server can use.")
    )
    async def add(self, interaction: discord.Interaction) -> None:
        """Show the form, empty."""
        await self.bot.own_presets.show_form(interaction, None)

    @app_commands.command(name=_("edit"), description=_("Change a preset of this server."))
    @app_commands.rename(preset=_("preset"))
    @app_commands.describe(preset=_("The preset"))
    async def edit(self, interaction: discord.Interaction, preset: OwnPresetOption) -> None:
        """Show the form with what there is."""
        await self.bot.own_presets.show_form(interaction, preset)

    @app_commands.command(name=_("remove"), description=_("Remove a preset of this server."))
    @app_commands.rename(preset=_("preset"))
    @app_commands.describe(preset=_("The preset"))
    async def remove(self, interaction: discord.Interaction, preset: OwnPresetOption) -> None:
        """Remove it."""
        await self.bot.own_presets.remove(interaction, preset)

    @app_commands.command(name=_("list"), description=_("Show the presets of this server."))
    async def list(self, interaction: discord.Interaction) -> None:
        """Show them all."""
        await self.bot.own_presets.list(interaction)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Presets(bot))
