"""The command group /settings, for members who manage a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.ext import commands

from bot import prompts
from bot.client import PlaceOption, SettingOption, suggested_values
from bot.marking import marked as _

if TYPE_CHECKING:
    import discord

    from bot.client import VoiceBot


_Value = app_commands.Range[str, 0, prompts.MOST_CHARACTERS]


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class Settings(
    commands.GroupCog, group_name=_("settings"), group_description=_("What I do in this server, and where.")
):
    """What a server can decide, for itself or for one channel."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @app_commands.command(name=_("show"), description=_("Show all settings, and change them."))
    @app_commands.rename(channel=_("channel"))
    @app_commands.describe(channel=_("The channel or thread to look at; if left out, the whole server"))
    async def show(self, interaction: discord.Interaction, channel: PlaceOption | None = None) -> None:
        """The panel."""
        await self.bot.server_settings.show(interaction, channel)

    @app_commands.command(name=_("set"), description=_("Change one setting."))
    @app_commands.rename(setting=_("name"), value=_("value"), channel=_("channel"))
    @app_commands.describe(
        setting=_("Which setting"),
        value=_("What it is to be"),
        channel=_("The channel or thread it is for; if left out, the whole server"),
    )
    @app_commands.autocomplete(value=suggested_values)
    async def set(
        self,
        interaction: discord.Interaction,
        setting: SettingOption,
        value: _Value,
        channel: PlaceOption | None = None,
    ) -> None:
        """For those who type."""
        await self.bot.server_settings.set(interaction, setting, value, channel)

    @app_commands.command(name=_("undo"), description=_("Take back the last change of a setting."))
    async def undo(self, interaction: discord.Interaction) -> None:
        """The last of twenty."""
        await self.bot.server_settings.undo(interaction)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Settings(bot))
