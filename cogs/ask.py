"""The commands /transcribe and /ask, and the message menus: what asks for one file or message to be heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import presets, prompts, reply
from bot.client import (
    LanguageOption,
    PresetOption,
    VoiceBot,
    acknowledge,
    answer_at_once,
    locale_of,
    seen_command,
    seen_message,
    show_question_form,
)
from bot.marking import marked as _
from bot.notes import asking
from bot.reply import languages

if TYPE_CHECKING:
    from bot.notes import Wanted
    from bot.presets import Preset

NOTHING_THERE = _("There is no file in this message. Use this on a voice message or an audio file.")
NOT_OFFERED = _("That can't be asked of the model I use now.")
NO_WORDS = _("A question needs some words.")
ONE_OF_THEM = _("A preset is a ready-made prompt: please use one of the two options, not both.")


class Ask(commands.Cog):
    """All of them work without the message content intent, and also where only the person has installed the bot."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot
        self.menus = [
            # NOTE: This and the next three stand in the menu of a message, below "Apps".
            app_commands.ContextMenu(name=_("Transcribe"), callback=self.transcribe_message),
            app_commands.ContextMenu(name=_("Summarise"), callback=self.summarise_message),
            app_commands.ContextMenu(name=_("Translate"), callback=self.translate_message),
            app_commands.ContextMenu(name=_("Ask about this…"), callback=self.ask_about_message),
        ]

    async def cog_load(self) -> None:
        """Menus can't be declared in a cog's body. Those that the model could not follow are not offered."""
        for menu in self.menus if self.bot.controls.offered else self.menus[:1]:
            self.bot.tree.add_command(menu)

    async def cog_unload(self) -> None:
        """Leave nothing behind."""
        for menu in self.menus:
            self.bot.tree.remove_command(menu.name, type=menu.type)

    # NOTE: "transcribe" and "ask" are the names of slash commands, as are "prompt", "show", "set" and "reset"; "file",
    # "preset", "language", "private", "question", "channel" and "text" are names of their options. Small letters, no spaces;
    # hyphens are allowed.
    @app_commands.command(name=_("transcribe"), description=_("Hear an audio file and answer here."))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.rename(
        file=_("file"), preset=_("preset"), prompt=_("prompt"), language=_("language"), private=_("private")
    )
    @app_commands.describe(
        file=_("A voice message or an audio file"),
        preset=_("What to make of it"),
        prompt=_("What to ask about it, instead of the prompt in force here"),
        language=_("The language of the answer"),
        private=_("Whether only you see the answer"),
    )
    async def transcribe(
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        *,
        preset: PresetOption | None = None,
        prompt: app_commands.Range[str, 1, prompts.MOST_CHARACTERS] | None = None,
        language: LanguageOption | None = None,
        private: bool = False,
    ) -> None:
        """Hear an audio file and answer here."""
        prompt = prompts.clean(prompt)
        if preset is not None and prompt is not None:
            await answer_at_once(interaction, _words(interaction)(ONE_OF_THEM))
            return
        await acknowledge(interaction, private=private)
        wanted = None
        if prompt is not None:
            prompt = prompts.in_language(prompt, languages.english_name(language) if language else None)
        elif preset or language:
            wanted = self._wanted(interaction, preset, language, private=private)
        seen = seen_command(interaction, file, private=private)
        await self.bot.answering.answer(interaction, seen, prompt=prompt, wanted=wanted, private=private)

    @app_commands.command(name=_("ask"), description=_("Ask something about an audio file."))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.rename(file=_("file"), question=_("question"), private=_("private"))
    @app_commands.describe(
        file=_("A voice message or an audio file"),
        question=_("What you want to know"),
        private=_("Whether only you see the answer"),
    )
    async def ask(
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        question: app_commands.Range[str, 1, prompts.MOST_CHARACTERS],
        *,
        private: bool = False,
    ) -> None:
        """Ask something about an audio file."""
        if not self.bot.controls.offered:
            await answer_at_once(interaction, _words(interaction)(NOT_OFFERED))
            return
        if prompts.clean(question) is None:
            await answer_at_once(interaction, _words(interaction)(NO_WORDS))
            return
        await acknowledge(interaction, private=private)
        seen = seen_command(interaction, file, private=private)
        # Others see the answer without the question, unless it says so.
        wanted = asking.typed(question, interaction.id, interaction.user.id)
        await self.bot.answering.answer(interaction, seen, wanted=wanted, private=private)

    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def transcribe_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Answer a message's files as notes are answered here, and tell only the person who asked."""
        await self._hear(interaction, message, None)

    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def summarise_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Sum up a message's files, and tell only the person who asked."""
        await self._hear(interaction, message, self._wanted(interaction, presets.SUMMARY, None, private=True))

    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def translate_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Translate a message's files into the language of the person who asked, and tell only them."""
        await self._hear(
            interaction, message, self._wanted(interaction, presets.TRANSLATE, None, private=True)
        )

    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def ask_about_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Show the form for a question about a message's files."""
        seen = seen_message(message, interaction.channel, locale=locale_of(interaction, private=True))
        if not seen.attachments:
            await answer_at_once(interaction, _words(interaction)(NOTHING_THERE))
            return
        await show_question_form(interaction, self.bot.answering.question_about(seen), _words(interaction))

    async def _hear(
        self, interaction: discord.Interaction, message: discord.Message, wanted: Wanted | None
    ) -> None:
        seen = seen_message(message, interaction.channel, locale=locale_of(interaction, private=True))
        if seen.attachments:
            await acknowledge(interaction, private=True)
            await self.bot.answering.answer(interaction, seen, wanted=wanted, private=True)
        else:
            await answer_at_once(interaction, _words(interaction)(NOTHING_THERE))

    @staticmethod
    def _wanted(
        interaction: discord.Interaction, preset: Preset | None, language: str | None, *, private: bool
    ) -> Wanted:
        """A preset, in the language that is asked for, else in that of whoever reads the answer."""
        preset = preset or presets.TRANSCRIBE
        if language is None and preset.names_language:
            language = languages.normal(locale_of(interaction, private=private))
        return asking.preset(preset, language, interaction.user.id)


def _words(interaction: discord.Interaction) -> reply.Words:
    return reply.words_for(locale_of(interaction, private=True))


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Ask(bot))
