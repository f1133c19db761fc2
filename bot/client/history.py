"""Reads the history of channels, and hands on the messages in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors
from bot.client.posting.refusals import FAILED, passes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

log = structlog.get_logger("earshot.catchup")

_AT_ONCE = 4
_AGAIN_SECONDS = 10.0
_MOST_ARCHIVED = 100
"""Archived threads looked at in a channel: as many as one call tells of."""

GuildChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
HistoryChannel = GuildChannel | discord.PartialMessageable
TakeIn = Callable[[discord.Message], Awaitable[int]]
ThreadedChannel = discord.TextChannel | discord.ForumChannel


async def read_history(
    take_in: TakeIn,
    guilds: Sequence[discord.Guild],
    others: Iterable[HistoryChannel],
    *,
    oldest: int,
    archived_too: bool,
) -> int:
    """Take in all messages newer than `oldest`; the newest message there was, or 0.

    A channel that can't be read now is tried again until it can be, however long that takes.

    Args:
        take_in: takes a message in; how many notes and questions in it are new.
        guilds: in all channels of these servers that have something newer.
        others: and in these channels.
        oldest: the id of a message.
        archived_too: whether to look for threads that were archived since then, which is a call for each channel.
    """
    in_guilds = [channel for guild in guilds for channel in _channels(guild, oldest)]
    # By the ids Discord gave: the clock of this machine has no say in what was seen.
    newest = max((channel.last_message_id or 0 for channel in in_guilds), default=0)
    channels: list[HistoryChannel] = [*in_guilds, *others]
    parents = [channel for guild in guilds for channel in _threaded(guild)] if archived_too else []
    slots = asyncio.Semaphore(_AT_ONCE)
    while channels or parents:
        found = await asyncio.gather(*(_archived(channel, oldest, slots) for channel in parents))
        parents = [parent for parent, threads in zip(parents, found, strict=True) if threads is None]
        channels += [thread for threads in found for thread in threads or ()]
        unread = await asyncio.gather(*(_read(take_in, channel, oldest, slots) for channel in channels))
        channels = [channel for channel in unread if channel is not None]
        if channels or parents:
            await asyncio.sleep(_AGAIN_SECONDS)
    return newest


async def _read(
    take_in: TakeIn, channel: HistoryChannel, oldest: int, slots: asyncio.Semaphore
) -> HistoryChannel | None:
    """Take in a channel's messages newer than `oldest`; the channel, if that has to be tried again."""
    notes = 0
    async with slots:
        try:
            async with aclosing(_messages(channel, oldest)) as messages:
                async for message in messages:
                    notes += await take_in(message)
        except (*FAILED, errors.DiscordAway) as error:
            if isinstance(error, discord.Forbidden | discord.NotFound) and not passes(error):
                log.info("a channel can't be caught up with", channel=channel.id, code=error.code)
                return None
            log.warning("a channel is not caught up with yet", channel=channel.id, error=type(error).__name__)
            return channel
    if notes:
        log.info("caught up", channel=channel.id, notes=notes)
    return None


async def _messages(channel: HistoryChannel, oldest: int) -> AsyncGenerator[discord.Message]:
    """A channel's messages newer than `oldest`, in order, for as far as discord.py can read them.

    One that it can't read, since Discord changes its objects now and then, ends its reading. Then those after it are
    read from the newest backwards, and nothing is missing but what lies between the first and the last of such messages.
    """
    for oldest_first in (True, False):
        try:
            async for message in channel.history(
                limit=None, after=discord.Object(oldest), oldest_first=oldest_first
            ):
                yield message
        except FAILED:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a missing field makes discord.py raise
            # Its type alone: its text may hold what somebody wrote.
            log.error(  # noqa: TRY400
                "a message in the history can't be read", channel=channel.id, error=type(error).__name__
            )
        else:
            return


def _channels(guild: discord.Guild, oldest: int) -> list[GuildChannel]:
    """The channels that have something newer than `oldest`, as far as the bot may read them."""
    candidates = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
    return [
        channel
        for channel in candidates
        if (channel.last_message_id or 0) > oldest and _may_read(channel, guild)
    ]


def _threaded(guild: discord.Guild) -> list[ThreadedChannel]:
    """The channels that can have threads, as far as the bot may read them."""
    return [channel for channel in (*guild.text_channels, *guild.forums) if _may_read(channel, guild)]


async def _archived(
    parent: ThreadedChannel, oldest: int, slots: asyncio.Semaphore
) -> list[discord.Thread] | None:
    """The public threads of a channel that were archived since `oldest`; None if that has to be asked again."""
    since = discord.utils.snowflake_time(oldest)
    threads: list[discord.Thread] = []
    async with slots:
        try:
            # The one archived last comes first.
            async for thread in parent.archived_threads(limit=_MOST_ARCHIVED):
                if thread.archive_timestamp <= since:
                    break
                if (thread.last_message_id or 0) > oldest:
                    threads.append(thread)
        except FAILED as error:
            if isinstance(error, discord.Forbidden | discord.NotFound) and not passes(error):
                log.info("a channel's archived threads can't be seen", channel=parent.id, code=error.code)
                return threads
            log.warning(
                "a channel's archived threads are not known yet",
                channel=parent.id,
                error=type(error).__name__,
            )
            return None
        except Exception as error:  # noqa: BLE001 - as with messages
            log.error(  # noqa: TRY400
                "an archived thread can't be read", channel=parent.id, error=type(error).__name__
            )
    return threads


def _may_read(channel: GuildChannel | discord.ForumChannel, guild: discord.Guild) -> bool:
    may = channel.permissions_for(guild.me)
    return may.view_channel and may.read_message_history
