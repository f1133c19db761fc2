"""Keeps track of where messages were missed, and has the history read there."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bot.client.history import read_history
from bot.client.watermark import Watermark
from bot.snowflakes import lowest_at

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import discord

    from bot.client.history import HistoryChannel, TakeIn
    from bot.storage import Watermarks

log = structlog.get_logger("earshot.catchup")

SAVE_EVERY = 5.0
"""Seconds between two savings of watermarks. What was seen since is read again after a crash, which does no harm."""
_SOONEST_ARCHIVED = 3600.0
"""Seconds. Discord archives no thread by itself that was quiet for less."""
_A_MOMENT = 60_000 << 22
"""A minute, as a distance between ids of messages: they do not come in the exact order of their ids."""


@dataclass(slots=True)
class _Shard:
    """What is known of one shard."""

    watermark: Watermark
    saved: int | None = None
    gaps: list[int] = field(default_factory=list[int])
    """Gaps in all servers of the shard that nobody has begun to look through."""
    away: dict[int, int] = field(default_factory=dict[int, int])
    """The gap of each server that is unavailable, by the server's id."""


class CatchUp:
    """Keeps the watermarks of this process's shards, and reads the history from there where messages were missed.

    Messages can be missed before a session, and in a server while Discord has it unavailable. Each such gap holds the
    shard's watermark back until its messages were looked for, so that a crash only means looking again.

    Args:
        take_in: takes in a message that is found; how many notes and questions in it are new.
        watermarks: stores the watermarks, and knows the channels of direct messages.
        hours: how far back is read, at most.
        clock: gives seconds since 1970.
    """

    def __init__(
        self,
        *,
        take_in: TakeIn,
        watermarks: Watermarks,
        hours: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._take_in = take_in
        self._watermarks = watermarks
        self._hours = hours
        self._clock = clock
        self._shards: dict[int, _Shard] = {}
        self._loading = asyncio.Lock()

    @contextmanager
    def taking_in(self, message: discord.Message) -> Generator[None]:
        """A context for taking in a message that the gateway told of.

        If that fails, the watermark stays before the message for the rest of this run, so that the next one finds it.
        """
        shard = self._shards.get(message.guild.shard_id if message.guild else 0)
        if shard is None:  # Its session began a moment ago; the gap before it has not been opened yet.
            yield
            return
        shard.watermark.began(message.id)
        yield
        shard.watermark.ended(message.id)

    async def begin(self, shard_id: int) -> None:
        """A new session began: from here on messages are seen, but not those before it."""
        shard = await self._load(shard_id)
        shard.gaps.append(shard.watermark.open_gap())

    async def missed(self, shard_id: int) -> None:
        """A message may have been missed a moment ago: the next `run` looks for it."""
        shard = await self._load(shard_id)
        shard.gaps.append(shard.watermark.open_gap(margin=_A_MOMENT))

    async def run(
        self,
        shard_id: int,
        guilds: Sequence[discord.Guild],
        direct: Callable[[int], HistoryChannel] | None = None,
    ) -> None:
        """Look through all gaps there are. Called when a new session's servers are known, and after `missed`.

        Servers that are unavailable are left to `available`; their gap stays open until then.

        Args:
            shard_id: which shard.
            guilds: all its servers.
            direct: makes a channel of an id, if the shard is the one that direct messages come by.
        """
        shard = await self._load(shard_id)
        gaps, shard.gaps = shard.gaps, []
        begin = min([*map(shard.watermark.begin_of, gaps), shard.watermark.value()])
        there: list[discord.Guild] = []
        for guild in guilds:
            if guild.unavailable:
                if guild.id not in shard.away:
                    shard.away[guild.id] = shard.watermark.open_gap()
                continue
            there.append(guild)
            if (gap := shard.away.pop(guild.id, None)) is not None:
                gaps.append(gap)
                begin = min(begin, shard.watermark.begin_of(gap))
        if waiting := len(guilds) - len(there):
            log.info("servers that are unavailable are caught up with when they come", servers=waiting)
        channels = (
            [direct(channel_id) for channel_id in await self._watermarks.direct_channels()] if direct else []
        )
        await self._read(shard, begin, there, channels)
        for gap in gaps:
            shard.watermark.close_gap(gap)
        await self.save()

    async def available(self, guild: discord.Guild) -> None:
        """Discord has made a server available: if it was away, read what was posted there meanwhile."""
        shard = self._shards.get(guild.shard_id)
        gap = shard.away.pop(guild.id, None) if shard else None
        if shard is None or gap is None:
            return
        await self._read(shard, shard.watermark.begin_of(gap), [guild], [])
        shard.watermark.close_gap(gap)
        await self.save()

    async def unavailable(self, guild: discord.Guild) -> None:
        """Discord has a server unavailable: what is posted there from now on is not told to us."""
        shard = await self._load(guild.shard_id)
        if guild.id not in shard.away:
            shard.away[guild.id] = shard.watermark.open_gap()

    def removed(self, guild: discord.Guild) -> None:
        """The bot is no member of a server any more: there is nothing to catch up with."""
        shard = self._shards.get(guild.shard_id)
        if shard and (gap := shard.away.pop(guild.id, None)) is not None:
            shard.watermark.close_gap(gap)

    async def keep(self) -> None:
        """Save the watermarks every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(SAVE_EVERY)
            await self.save()

    async def save(self) -> None:
        """Store the watermarks that have moved."""
        for shard_id, shard in list(self._shards.items()):
            value = shard.watermark.value(floor=self._floor())
            if value != shard.saved:
                await self._watermarks.put(shard_id, value)
                shard.saved = value

    async def _load(self, shard_id: int) -> _Shard:
        """What is known of a shard.

        A shard without a watermark has its servers from other shards, and begins where the lowest of those was. If
        there was none, this is the bot's first day, which begins now. That is stored at once: the next run must not
        take its own day for the first.
        """
        async with self._loading:
            if shard_id not in self._shards:
                value = await self._watermarks.get(shard_id)
                if value is None:
                    value = await self._watermarks.oldest() or lowest_at(self._clock())
                    await self._watermarks.put(shard_id, value)
                self._shards[shard_id] = _Shard(Watermark(value), saved=value)
        return self._shards[shard_id]

    def _floor(self) -> int:
        """The id of a message at the time before which nothing is looked for."""
        return lowest_at(self._clock() - self._hours * 3600)

    async def _read(
        self, shard: _Shard, begin: int, guilds: Sequence[discord.Guild], others: Sequence[HistoryChannel]
    ) -> None:
        """Take in all messages newer than `begin` in these servers and these other channels, however long it takes."""
        oldest = max(begin, self._floor())
        # A call for each channel is a lot where there are thousands: not after every restart.
        was_long = oldest < lowest_at(self._clock() - _SOONEST_ARCHIVED)
        newest = await read_history(self._take_in, guilds, others, oldest=oldest, archived_too=was_long)
        shard.watermark.seen(newest)
