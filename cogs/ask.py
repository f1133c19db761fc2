"""The command /transcribe and the message menu Transcribe, which ask for one file or message to be heard."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import prompts, reply
from bot.client import (
    InteractionDelivery,
    VoiceBot,
    acknowledge,
    answer_at_once,
    locale_of,
    seen_command,
    seen_message,
)
from bot.reply import marked as _

if TYPE_CHECKING:
    from bot.models import SeenMessage, VoiceNote

NOTHING_THERE = _("There is no file in this message. Use this on a voice message or an audio file.")


class Ask(commands.Cog):
    """Both work without the message content intent, and also where only the person has installed the bot."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name=_("Transcribe"), callback=self.transcribe_message)

    async def cog_load(self) -> None:
        """Menus can't be declared in a cog's body."""
        self.bot.tree.add_command(self.menu)

    async def cog_unload(self) -> None:
        """Leave nothing behind."""
        self.bot.tree.remove_command(self.menu.name, type=self.menu.type)

    # NOTE: "transcribe" is the name of a slash command, as are "prompt", "show", "set" and "reset"; "file", "channel" and
    # "text" are names of their options. Small letters, no spaces; hyphens are allowed.
    @app_commands.command(name=_("transcribe"), description=_("Hear an audio file and answer here."))
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.rename(file=_("file"), prompt=_("prompt"))
    @app_commands.describe(
        file=_("A voice message or an audio file"),
        prompt=_("What to ask about it, instead of the prompt in force here"),
    )
    async def transcribe(
        self,
        interaction: discord.Interaction,
        file: discord.Attachment,
        prompt: app_commands.Range[str, 1, prompts.MOST_CHARACTERS] | None = None,
    ) -> None:
        """Hear an audio file and answer here."""
        await self._answer(interaction, seen_command(interaction, file), prompt, private=False)

    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def transcribe_message(self, interaction: discord.Interaction, message: discord.Message) -> None:
        """Hear the files of a message and tell only the person who asked."""
        locale = locale_of(interaction, private=True)
        seen = seen_message(message, interaction.channel, locale=locale)
        if seen.attachments:
            await self._answer(interaction, seen, None, private=True)
        else:
            await answer_at_once(interaction, reply.words_for(locale)(NOTHING_THERE))

    async def _answer(
        self, interaction: discord.Interaction, seen: SeenMessage, prompt: str | None, *, private: bool
    ) -> None:
        await acknowledge(interaction, private=private)
        order = itertools.count()
        taken: set[int] = set()

        def deliver(note: VoiceNote) -> InteractionDelivery:
            return InteractionDelivery(
                interaction,
                first=next(order) == 0,
                private=private,
                words=reply.words_for(note.locale),
                heading=reply.title(note),
                taken=taken,
            )

        await self.bot.reception.answer_command(seen, deliver, prompt=prompt)


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Ask(bot))
