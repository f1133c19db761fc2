"""The command group /prompt, for members who manage a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot import prompts, reply
from bot.client import Chosen, InteractionDelivery, PlaceOption, acknowledge, locale_of
from bot.marking import marked as _
from bot.rules import PROMPT
from bot.storage import WHOLE_SERVER

if TYPE_CHECKING:
    from bot.client import VoiceBot


_WITH_THREADS = {discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum}


@app_commands.default_permissions(manage_guild=True)
@app_commands.guild_only()
class Prompt(
    commands.GroupCog,
    group_name=_("prompt"),
    group_description=_("What is asked of every voice note here"),
):
    """The prompt of a server, or of one channel."""

    def __init__(self, bot: VoiceBot) -> None:
        self.bot = bot

    @app_commands.command(name=_("show"), description=_("Show the prompt in force, and where it was set."))
    @app_commands.rename(channel=_("channel"))
    @app_commands.describe(channel=_("The channel to look at; this one if left out"))
    async def show(self, interaction: discord.Interaction, channel: PlaceOption | None = None) -> None:
        """Look at the prompt in force."""
        await _take_time(interaction)
        where = channel or interaction.channel
        parent = (
            where.parent_id if isinstance(where, discord.Thread | app_commands.AppCommandThread) else None
        )
        channels = tuple(each for each in (where.id if where else None, parent) if each is not None)
        prompt = await self.bot.note_maker.prompt_in_force(interaction.guild_id, channels)
        await _say(
            interaction, reply.prompt_shown(prompt, channel.id if channel else None, _words(interaction))
        )

    @app_commands.command(name=_("set"), description=_("Set the prompt of this server, or of one channel."))
    @app_commands.rename(text=_("text"), channel=_("channel"))
    @app_commands.describe(
        text=PROMPT.help, channel=_("The channel or thread it is for; if left out, the whole server")
    )
    async def set(
        self,
        interaction: discord.Interaction,
        text: app_commands.Range[str, 1, prompts.MOST_CHARACTERS],
        channel: PlaceOption | None = None,
    ) -> None:
        """Set the prompt of this server, or of one channel."""
        await _take_time(interaction)
        if not text.strip():
            await _say(interaction, _words(interaction)(reply.PROMPT_BLANK))
            return
        changed = await self.bot.server_settings.change(
            interaction, PROMPT, _or_server(channel), text.strip()
        )
        has_threads = channel is not None and channel.type in _WITH_THREADS
        told = reply.prompt_set(
            text, channel.id if channel else None, _words(interaction), has_threads=has_threads
        )
        await _say(interaction, f"{told}\n{changed}")

    @app_commands.command(
        name=_("reset"), description=_("Forget the prompt of this server, or of one channel.")
    )
    @app_commands.rename(channel=_("channel"))
    @app_commands.describe(channel=_("The channel or thread whose prompt goes; if left out, the server's"))
    async def reset(self, interaction: discord.Interaction, channel: PlaceOption | None = None) -> None:
        """Forget the prompt of this server, or of one channel."""
        await _take_time(interaction)
        where = _or_server(channel)
        was_set = PROMPT.name in await self.bot.rule_book.set_at(_guild(interaction), where)
        changed = await self.bot.server_settings.change(interaction, PROMPT, where, None)
        is_thread = isinstance(channel, app_commands.AppCommandThread)
        told = reply.prompt_reset(
            channel.id if channel else None, _words(interaction), was_set=was_set, is_thread=is_thread
        )
        await _say(interaction, f"{told}\n{changed}" if was_set else told)


def _guild(interaction: discord.Interaction) -> int:
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    return interaction.guild_id


def _or_server(channel: Chosen | None) -> int:
    return channel.id if channel else WHOLE_SERVER


async def _take_time(interaction: discord.Interaction) -> None:
    """Defer the answer: Discord waits three seconds for a first one, and a database may be slow."""
    await acknowledge(interaction, private=True)


async def _say(interaction: discord.Interaction, text: str) -> None:
    delivery = InteractionDelivery(interaction, first=True, private=True, words=_words(interaction))
    await delivery.finish(reply.Reply((text,)))


def _words(interaction: discord.Interaction) -> reply.Words:
    return reply.words_for(locale_of(interaction, private=True))


async def setup(bot: VoiceBot) -> None:
    """Called by discord.py."""
    await bot.add_cog(Prompt(bot))
