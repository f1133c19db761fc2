"""Notes posted while nobody listened: found in the channels' history after each new session."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import discord
import structlog

from bot.client.seen import seen_message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from bot.notes import Reception
    from bot.storage import Ledger, Watermarks

log = structlog.get_logger("earshot.catchup")

SAVE_EVERY = 5.0
"""Seconds. What is seen between two saves is read twice after a crash, which does no harm."""
_DISCORD_EPOCH = 1_420_070_400.0
_AT_ONCE = 4
_AGAIN_SECONDS = 10.0
_SOONEST_ARCHIVED = 3600.0
"""Seconds. No thread is archived by itself before it was quiet for so long."""
_MOST_ARCHIVED = 100
"""Archived threads looked at in a channel: what one call tells."""

GuildChannel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
HistoryChannel = GuildChannel | discord.PartialMessageable
ThreadedChannel = discord.TextChannel | discord.ForumChannel


@dataclass(slots=True)
class _Watch:
    """What a shard has seen. While `behind`, its mark stays where the last session left it."""

    mark: int | None = None
    newest: int = 0
    in_hand: set[int] = field(default_factory=set[int])
    behind: bool = True
    saved: int | None = None


class CatchUp:
    """Remembers up to where each shard has seen, and reads from there what a lost session has missed.

    Args:
        reception: takes what is found.
        ledger: knows the channels of direct messages.
        watermarks: keep up to where each shard has seen everything.
        hours: how far back is read, at most.
        clock: gives seconds since 1970.
    """

    def __init__(
        self,
        *,
        reception: Reception,
        ledger: Ledger,
        watermarks: Watermarks,
        hours: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reception = reception
        self._ledger = ledger
        self._watermarks = watermarks
        self._hours = hours
        self._clock = clock
        self._watches: defaultdict[int, _Watch] = defaultdict(_Watch)

    @contextmanager
    def taking_in(self, message: discord.Message) -> Generator[None]:
        """While open, a message is being taken in. Until that has worked, the mark stays before it."""
        watch = self._watches[message.guild.shard_id if message.guild else 0]
        watch.in_hand.add(message.id)
        yield
        watch.newest = max(watch.newest, message.id)
        watch.in_hand.discard(message.id)

    async def begin(self, shard_id: int) -> None:
        """A new session: from here on messages are seen, but not those before it."""
        watch = self._watches[shard_id]
        watch.behind = True
        watch.newest = max(watch.newest, await self._find_mark(shard_id, watch))

    async def run(
        self,
        shard_id: int,
        guilds: Sequence[discord.Guild],
        direct: Callable[[int], HistoryChannel] | None = None,
    ) -> None:
        """Read what the shard's servers hold that is newer than its mark.

        Args:
            shard_id: whose mark.
            guilds: its servers.
            direct: makes the channel of an id, where the shard is the one direct messages come by.
        """
        watch = self._watches[shard_id]
        mark = await self._find_mark(shard_id, watch)
        oldest = max(mark, self._snowflake(self._clock() - self._hours * 3600))
        in_guilds = [channel for guild in guilds for channel in _channels(guild, oldest)]
        # By the ids Discord gave: the clock of this machine has no say in what was seen.
        newest = max((channel.last_message_id or 0 for channel in in_guilds), default=0)
        channels: list[HistoryChannel] = [*in_guilds]
        if direct is not None:
            channels += [direct(channel_id) for channel_id in await self._ledger.direct_channels()]
        # A call for each channel is a lot where there are thousands: not after every restart.
        was_long = oldest < self._snowflake(self._clock() - _SOONEST_ARCHIVED)
        parents = [channel for guild in guilds for channel in _threaded(guild)] if was_long else []
        slots = asyncio.Semaphore(_AT_ONCE)
        while channels or parents:
            found = await asyncio.gather(*(_archived(channel, oldest, slots) for channel in parents))
            parents = [parent for parent, threads in zip(parents, found, strict=True) if threads is None]
            channels += [thread for threads in found for thread in threads or ()]
            unread = await asyncio.gather(*(self._read(channel, oldest, slots) for channel in channels))
            channels = [channel for channel in unread if channel is not None]
            # The mark stays where it is until every channel was read.
            if channels or parents:
                await asyncio.sleep(_AGAIN_SECONDS)
        watch.newest = max(watch.newest, newest)
        watch.behind = False
        await self.save()

    async def _find_mark(self, shard_id: int, watch: _Watch) -> int:
        """The shard's mark.

        A shard without one has its servers from those there were, and begins where the last of them has left off.
        On the bot's first day that is now. It is saved at once: the next run must not take that day for its first.
        """
        if watch.mark is None:
            watch.mark = await self._watermarks.get(shard_id)
        if watch.mark is None:
            watch.mark = await self._watermarks.oldest() or self._snowflake(self._clock())
            await self._watermarks.put(shard_id, watch.mark)
        return watch.mark

    async def keep(self) -> None:
        """Save the marks from time to time, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY)
            await self.save()

    async def save(self) -> None:
        """Save the marks that moved."""
        for shard_id, watch in list(self._watches.items()):
            if watch.behind:
                continue
            watch.mark = min(watch.in_hand) - 1 if watch.in_hand else watch.newest
            if watch.mark != watch.saved:
                watch.saved = watch.mark
                await self._watermarks.put(shard_id, watch.mark)

    async def _read(
        self, channel: HistoryChannel, oldest: int, slots: asyncio.Semaphore
    ) -> HistoryChannel | None:
        """Take in a channel's messages since `oldest`; the channel, if that has to be tried again."""
        notes = 0
        async with slots:
            try:
                async for message in channel.history(
                    limit=None, after=discord.Object(oldest), oldest_first=True
                ):
                    notes += await self._reception.take_in(seen_message(message))
            except (discord.Forbidden, discord.NotFound) as error:
                log.info("a channel can't be caught up with", channel=channel.id, code=error.code)
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                log.warning(
                    "a channel is not caught up with yet", channel=channel.id, error=type(error).__name__
                )
                return channel
        if notes:
            log.info("caught up", channel=channel.id, notes=notes)
        return None

    @staticmethod
    def _snowflake(seconds: float) -> int:
        return int((seconds - _DISCORD_EPOCH) * 1000) << 22


def _channels(guild: discord.Guild, oldest: int) -> list[GuildChannel]:
    """Where something newer than `oldest` was posted, as far as the bot may look."""
    candidates = [*guild.text_channels, *guild.voice_channels, *guild.stage_channels, *guild.threads]
    return [
        channel
        for channel in candidates
        if (channel.last_message_id or 0) > oldest and _may_read(channel, guild)
    ]


def _threaded(guild: discord.Guild) -> list[ThreadedChannel]:
    """Where threads can be, as far as the bot may look."""
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
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("a channel's archived threads can't be seen", channel=parent.id, code=error.code)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning(
                "a channel's archived threads are not known yet",
                channel=parent.id,
                error=type(error).__name__,
            )
            return None
    return threads


def _may_read(channel: GuildChannel | discord.ForumChannel, guild: discord.Guild) -> bool:
    may = channel.permissions_for(guild.me)
    return may.view_channel and may.read_message_history
