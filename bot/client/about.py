"""Answers /help and /status: reads the place in which they are used, and says what holds there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import reply
from bot.client.posting.acknowledgement import acknowledge
from bot.client.posting.interactions import InteractionDelivery
from bot.client.seen import granted_by, locale_of
from bot.facts import Place
from bot.models import Answer, ChannelKind
from bot.policy import facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.facts import Facts
    from bot.notes import NoteMaker, Offers
    from bot.policy import RuleBook
    from bot.reply import Words
    from bot.settings import Settings

_VOICE = {discord.ChannelType.voice, discord.ChannelType.stage_voice}
_THREADS = {
    discord.ChannelType.public_thread,
    discord.ChannelType.private_thread,
    discord.ChannelType.news_thread,
}


class About:
    """Tells people what the bot does where they are.

    Args:
        bot: connected.
        command_ids: by the names of commands, once Discord has taken them.
        settings: the operator's.
        maker: knows the prompts in force.
        rule_book: knows what servers have decided.
        offers: the presets that can be asked for.
    """

    def __init__(
        self,
        bot: discord.Client,
        command_ids: Mapping[str, int],
        *,
        settings: Settings,
        maker: NoteMaker,
        rule_book: RuleBook,
        offers: Offers,
    ) -> None:
        self._bot = bot
        self._command_ids = command_ids
        self._settings = settings
        self._maker = maker
        self._rule_book = rule_book
        self._offers = offers

    async def help(self, interaction: discord.Interaction) -> None:
        """Answer /help.

        Raises:
            EarshotError, discord.HTTPException: it can't be done, and the person does not know it yet.
        """
        await acknowledge(interaction, private=True)
        found = await self._facts(interaction)
        words = reply.words_for(locale_of(interaction, private=True))
        text = reply.guide(
            found.listening,
            self._command_ids,
            words,
            offered=bool(self._offers.built_in),
            questions=self._settings.questions != "off",
            manages=found.place.member and interaction.permissions.manage_guild,
        )
        await _say(interaction, reply.Reply((text,)), words)

    async def status(self, interaction: discord.Interaction) -> None:
        """Answer /status.

        Raises:
            EarshotError, discord.HTTPException: as for `help`.
        """
        await acknowledge(interaction, private=True)
        words = reply.words_for(locale_of(interaction, private=True))
        text = reply.status(await self._facts(interaction), words)
        # As a long answer: the operator may have named many models.
        await _say(interaction, reply.finished(Answer(text=text, model=""), words=words), words)

    async def _facts(self, interaction: discord.Interaction) -> Facts:
        channel = interaction.channel
        parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
        channels = tuple(each for each in (interaction.channel_id, parent_id) if each is not None)
        in_force = await self._rule_book.at(interaction.guild_id, channels)
        prompt = await self._maker.prompt_in_force(interaction.guild_id, channels)
        offered = await self._offers.all(interaction.guild_id)
        return facts(self._settings, self._place(interaction, channels), in_force, prompt, offered)

    def _place(self, interaction: discord.Interaction, channel_ids: tuple[int, ...]) -> Place:
        direct = interaction.guild_id is None
        # Of a server that the bot has not joined, an interaction carries a stub.
        member = (
            not interaction.context.private_channel
            if direct
            else self._bot.get_guild(interaction.guild_id or 0) is not None
        )
        return Place(
            channel_kind=_kind(interaction),
            locale=locale_of(interaction, private=direct),
            member=member,
            channel_ids=channel_ids,
            content=direct or self._bot.intents.message_content,
            granted=granted_by(interaction.app_permissions),
        )


def _kind(interaction: discord.Interaction) -> ChannelKind:
    if interaction.guild_id is None:
        return ChannelKind.DIRECT
    kind = interaction.channel.type if interaction.channel else None
    if kind in _THREADS:
        return ChannelKind.THREAD
    return ChannelKind.VOICE if kind in _VOICE else ChannelKind.TEXT


async def _say(interaction: discord.Interaction, final: reply.Reply, words: Words) -> None:
    await InteractionDelivery(interaction, first=True, private=True, words=words).finish(final)
