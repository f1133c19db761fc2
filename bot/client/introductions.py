"""Says hello, once, in servers that the bot was invited to."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

from bot import reply
from bot.client.posting.refusals import FAILED, passes
from bot.client.seen import granted_by
from bot.facts import Place
from bot.models import ChannelKind
from bot.policy import expectation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import discord

    from bot.policy import RuleBook
    from bot.storage import Guilds

log = structlog.get_logger("earshot.servers")

_RECENTLY = 86_400.0
"""Seconds. A server that the bot joined earlier has got to know it by now."""
_MOST_TRIES = 5
"""Channels in which it is tried."""
_SECONDS = 60.0


class Introductions:
    """Introduces the bot in each server once, whichever process hears of it first.

    Args:
        bot: connected.
        command_ids: by the names of commands, once Discord has taken them.
        guilds: where it was introduced.
        rule_book: what servers have decided.
        clock: gives seconds since 1970.
    """

    def __init__(
        self,
        bot: discord.Client,
        command_ids: Mapping[str, int],
        *,
        guilds: Guilds,
        rule_book: RuleBook,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bot = bot
        self._command_ids = command_ids
        self._guilds = guilds
        self._rule_book = rule_book
        self._clock = clock

    async def introduce(self, guild: discord.Guild) -> None:
        """Say hello in a server, if the bot has just come there and may write somewhere."""
        joined = guild.me.joined_at
        if joined is None or joined.timestamp() < self._clock() - _RECENTLY:
            return
        channels = _where(guild)[:_MOST_TRIES]
        if not channels or not await self._guilds.claim_introduction(guild.id):
            return
        for channel in channels:
            try:
                async with asyncio.timeout(_SECONDS):
                    # Known again by its nonce, should it be sent twice.
                    await channel.send(await self._said(guild, channel), nonce=f"hello{guild.id}")
            except FAILED as error:
                if passes(error):
                    log.warning("not introduced yet", guild=guild.id, error=type(error).__name__)
                    await self._guilds.give_introduction_back(guild.id)
                    return
                log.info("not introduced there", guild=guild.id, channel=channel.id)
            else:
                log.info("introduced", guild=guild.id, channel=channel.id)
                return

    async def _said(self, guild: discord.Guild, channel: discord.TextChannel) -> str:
        locale = guild.preferred_locale.value
        state, missing = expectation(
            Place(
                channel_kind=ChannelKind.TEXT,
                locale=locale,
                member=True,
                content=self._bot.intents.message_content,
                granted=granted_by(channel.permissions_for(guild.me)),
                channel_ids=(channel.id,),
            ),
            await self._rule_book.at(guild.id, (channel.id,)),
        )
        return reply.introduction(state, missing, self._command_ids, reply.words_for(locale))


def _where(guild: discord.Guild) -> list[discord.TextChannel]:
    """The channels in which the bot may write: that for Discord's own greetings first, and the others as they stand."""
    system = guild.system_channel
    others = [channel for channel in guild.text_channels if channel != system and not channel.is_news()]
    return [channel for channel in (*filter(None, (system,)), *others) if _may_write(channel, guild)]


def _may_write(channel: discord.TextChannel, guild: discord.Guild) -> bool:
    may = channel.permissions_for(guild.me)
    return may.view_channel and may.send_messages
