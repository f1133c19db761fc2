"""Options of commands: presets and languages, which complete as people type, and channels with messages in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot import errors, presets, reply, rules
from bot.client.access import Chosen
from bot.client.seen import locale_of
from bot.reply import languages
from bot.rules import Setting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client.voicebot import VoiceBot
    from bot.presets import Preset
    from bot.reply import Words

_MOST_CHOICES = 25


class PresetChoices(app_commands.Transformer):
    """A preset, by its name."""

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Preset:
        """By its key or, for those who type, by what it is called."""
        bot: VoiceBot = interaction.client  # pyright: ignore[reportAssignmentType]
        words = reply.words_for(locale_of(interaction, private=True))
        typed = str(value).strip().casefold()
        offered = await bot.offers.all(interaction.guild_id)
        named = {preset.name: preset for preset in offered}
        called = {reply.preset_name(preset, words).casefold(): preset for preset in offered}
        if (found := named.get(typed) or called.get(typed)) is not None:
            return found
        if typed == presets.TRANSCRIBE.name:
            return presets.TRANSCRIBE
        raise errors.PresetUnknown

    async def autocomplete(
        self, interaction: discord.Interaction, value: Any, /
    ) -> list[app_commands.Choice[str | int | float]]:
        """Those whose name holds what is typed."""
        bot: VoiceBot = interaction.client  # pyright: ignore[reportAssignmentType]
        words = reply.words_for(locale_of(interaction, private=True))
        typed = str(value).strip().casefold()
        return _choices(await bot.offers.all(interaction.guild_id), typed, words)


class LanguageChoices(app_commands.Transformer):
    """A language, by its tag."""

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> str:
        """By its tag or, for those who type, by what it is called in their language, in English or in itself."""
        words = reply.words_for(locale_of(interaction, private=True))
        tag = languages.find(str(value), words.locale)
        if tag is None:
            raise errors.LanguageUnknown
        return tag

    async def autocomplete(
        self, interaction: discord.Interaction, value: Any, /
    ) -> list[app_commands.Choice[str | int | float]]:
        """Those whose name begins with what is typed."""
        words = reply.words_for(locale_of(interaction, private=True))
        return [
            app_commands.Choice(name=languages.name(tag, words.locale)[:100], value=tag)
            for tag in languages.matching(str(value), words.locale)
        ]


class SettingChoices(app_commands.Transformer):
    """A setting of a server, by its name."""

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Setting[Any]:
        """By its name or, for those who type, by what it is called."""
        words = reply.words_for(locale_of(interaction, private=True))
        typed = str(value).strip().casefold()
        for setting in rules.SETTINGS:
            if typed in {setting.name, setting.label.casefold(), words(setting.label).casefold()}:
                return setting
        raise errors.SettingUnknown

    async def autocomplete(
        self, interaction: discord.Interaction, value: Any, /
    ) -> list[app_commands.Choice[str | int | float]]:
        """Those whose name holds what is typed."""
        words = reply.words_for(locale_of(interaction, private=True))
        typed = str(value).strip().casefold()
        choices: list[app_commands.Choice[str | int | float]] = [
            app_commands.Choice(name=words(setting.label)[:100], value=setting.name)
            for setting in rules.SETTINGS
            if typed in words(setting.label).casefold() or typed in setting.name
        ]
        return choices[:_MOST_CHOICES]


async def suggested_values(
    interaction: discord.Interaction, current: str
) -> list[app_commands.Choice[str | int | float]]:
    """Values of the setting that is named in the option before."""
    bot: VoiceBot = interaction.client  # pyright: ignore[reportAssignmentType]
    named = str(getattr(interaction.namespace, "name", "") or "")
    setting = rules.named(named)
    if setting is None:
        return []
    found = await bot.server_settings.suggestions(interaction, setting, current)
    return [
        app_commands.Choice(name=called[:100], value=stored[:100] or "none")
        for called, stored in found[:_MOST_CHOICES]
    ]


class Places(app_commands.Transformer):
    """A channel or thread in which notes can be posted."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """All that hold messages or posts."""
        kinds = discord.ChannelType
        threads = [kinds.news_thread, kinds.public_thread, kinds.private_thread]
        return [kinds.text, kinds.news, kinds.voice, kinds.stage_voice, kinds.forum, *threads]

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Chosen:  # noqa: ARG002 - discord.py's
        """As it comes."""
        return value


class MessageChannels(app_commands.Transformer):
    """A channel or thread that holds messages."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """All that hold messages."""
        kinds = discord.ChannelType
        threads = [kinds.news_thread, kinds.public_thread, kinds.private_thread]
        return [kinds.text, kinds.news, kinds.voice, kinds.stage_voice, *threads]

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Chosen:  # noqa: ARG002 - discord.py's
        """As it comes, with what the person may do there."""
        return value


class OwnPresetChoices(app_commands.Transformer):
    """A preset that the server has made, by its name."""

    async def transform(self, interaction: discord.Interaction, value: Any, /) -> Preset:
        """By its key or, for those who type, by what the server calls it."""
        bot: VoiceBot = interaction.client  # pyright: ignore[reportAssignmentType]
        return await bot.own_presets.named(interaction, str(value))

    async def autocomplete(
        self, interaction: discord.Interaction, value: Any, /
    ) -> list[app_commands.Choice[str | int | float]]:
        """Those whose name holds what is typed."""
        bot: VoiceBot = interaction.client  # pyright: ignore[reportAssignmentType]
        words = reply.words_for(locale_of(interaction, private=True))
        return _choices(await bot.own_presets.of(interaction), str(value).strip().casefold(), words)


def _choices(
    offered: Sequence[Preset], typed: str, words: Words
) -> list[app_commands.Choice[str | int | float]]:
    """Presets whose name holds what is typed in small letters, as many as Discord shows."""
    found: list[app_commands.Choice[str | int | float]] = []
    for preset in offered:
        name = " ".join(filter(None, (preset.emoji, reply.preset_name(preset, words))))
        if typed in name.casefold():
            found.append(app_commands.Choice(name=name[:100], value=preset.name))
    return found[:_MOST_CHOICES]


OwnPresetOption = app_commands.Transform[presets.Preset, OwnPresetChoices]
PresetOption = app_commands.Transform[presets.Preset, PresetChoices]
LanguageOption = app_commands.Transform[str, LanguageChoices]
SettingOption = app_commands.Transform[Setting[Any], SettingChoices]
PlaceOption = app_commands.Transform[Chosen, Places]
ChannelOption = app_commands.Transform[Chosen, MessageChannels]
