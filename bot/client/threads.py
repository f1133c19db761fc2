"""Answers in threads: opened on the note, or the one that is there; in place where a thread cannot be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import aiohttp
import discord
import structlog

from bot import errors, reply
from bot.client.refusals import UNKNOWN_MESSAGE
from bot.models import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from bot.models import Posted, VoiceNote

V = TypeVar("V")

log = structlog.get_logger("earshot.threads")

_THREAD_EXISTS = 160004
_BAD_REQUEST = 400
_ARCHIVE_MINUTES = 1440
_FORBIDDEN_FOR = 600.0
"""Seconds a missing permission is remembered: Discord bans who knocks in vain too often."""
_TOLD_FOR = 3600.0
_EDIT_PACE = 1.2
"""Seconds between progress edits in one channel, whichever answers they belong to."""
_KEPT = 512
"""Messages whose thread is remembered, so that several notes of one message share it. Beyond that, of the rest,
what has lapsed is forgotten."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where pages go. `reply_to` is the note's message where they stand beside it, not in a thread of its own."""

    channel: discord.PartialMessageable
    reply_to: discord.PartialMessage | None


class Threads:
    """Finds each note its thread, once a message, and remembers for a while what the bot may not do where.

    Args:
        client: logged in.
        clock: seconds, monotonic.
    """

    def __init__(self, client: discord.Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self._found: dict[int, asyncio.Task[Destination]] = {}
        self._no_threads = _ForAWhile[bool](clock)
        self._mute = _ForAWhile[str](clock)
        self._edited = _ForAWhile[bool](clock)
        self._told = _ForAWhile[bool](clock)

    async def destination(self, note: VoiceNote) -> Destination:
        """The thread on the note's message, opened now if need be; the same for all notes of a message.

        Raises:
            Gone: the message was deleted.
            discord.HTTPException: anything Discord did not recover from.
        """
        task = self._found.get(note.message_id)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._find(note))
            self._found[note.message_id] = task
            while len(self._found) > _KEPT:
                self._found.pop(next(iter(self._found)))
        # Shielded: one note's end must not take the thread from the others.
        return await asyncio.shield(task)

    async def _find(self, note: VoiceNote) -> Destination:
        beside = self.beside(note)
        if note.place is not Place.CHANNEL or self._no_threads.get(note.channel_id):
            return beside
        thread = Destination(
            self.client.get_partial_messageable(
                note.message_id, guild_id=note.guild_id, type=discord.ChannelType.public_thread
            ),
            None,
        )
        try:
            # Not Message.create_thread: that wants the server in a cache, which a worker does not have.
            await self.client.http.start_thread_with_message(
                note.channel_id,
                note.message_id,
                name=reply.thread_name(note),
                auto_archive_duration=_ARCHIVE_MINUTES,
            )
        except discord.HTTPException as error:
            if error.code == _THREAD_EXISTS:
                return thread
            if error.code == UNKNOWN_MESSAGE:
                raise errors.Gone from error
            if isinstance(error, discord.Forbidden):
                self.give_up_threads(note)
                log.warning("no thread: a permission is missing", channel=note.channel_id, code=error.code)
                return beside
            if error.status == _BAD_REQUEST:
                # No threads in this kind of channel, or too many of them, or none of this name.
                log.info("no thread here", channel=note.channel_id, code=error.code)
                return beside
            if not await self._exists(note.message_id):
                raise
        except (OSError, aiohttp.ClientError):
            # Opening can succeed and still look as if it had failed.
            if not await self._exists(note.message_id):
                raise
        return thread

    def known(self, note: VoiceNote, channel_id: int) -> Destination:
        """Where some of the answer stands already."""
        if channel_id == note.channel_id:
            return self.beside(note)
        return Destination(self.client.get_partial_messageable(channel_id, guild_id=note.guild_id), None)

    def opened(self, message_id: int) -> int | None:
        """The thread on a message, as far as it is known, for an answer that has nothing in it yet."""
        task = self._found.get(message_id)
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        destination = task.result()
        return destination.channel.id if destination.reply_to is None else None

    async def wake(self, destination: Destination) -> None:
        """Open an archived thread again. Raises discord.Forbidden where it is locked."""
        await self.client.http.edit_channel(destination.channel.id, archived=False)

    async def withdraw(self, message_id: int, source_id: int, posted: Posted) -> None:
        """Delete an answer whose note was deleted; its thread, too, if nobody else opened it or wrote in it."""
        channel = self.client.get_partial_messageable(posted.channel_id)
        try:
            if posted.channel_id == message_id != source_id and (
                thread := await self._ours_alone(posted.channel_id)
            ):
                await thread.delete()
                return
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.info("thread not deleted", thread=posted.channel_id, error=str(error))
        for page in posted.pages:
            with contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError):
                await channel.get_partial_message(page).delete()

    async def _ours_alone(self, thread_id: int) -> discord.Thread | None:
        """The thread, if only the bot has written in it, as far as its first hundred messages tell."""
        me = self.client.user
        thread = await self.client.fetch_channel(thread_id)
        if me is None or not isinstance(thread, discord.Thread) or thread.owner_id != me.id:
            return None
        if not thread.total_message_sent:
            return thread
        channel = self.client.get_partial_messageable(thread_id)
        messages = [message async for message in channel.history(limit=100, oldest_first=True)]
        starter = discord.MessageType.thread_starter_message
        theirs = any(message.author.id != me.id and message.type is not starter for message in messages)
        # Without the right to read what was written, nothing is seen: that is no proof that nothing is there.
        return None if theirs or not messages else thread

    def beside(self, note: VoiceNote) -> Destination:
        """The note's own channel, in reply to it."""
        channel = self.client.get_partial_messageable(note.channel_id, guild_id=note.guild_id)
        return Destination(channel, channel.get_partial_message(note.message_id))

    def give_up_threads(self, note: VoiceNote) -> None:
        """The bot may not open threads in this channel, or not speak in them: for a while, answer beside notes."""
        self._no_threads.put(note.channel_id, value=True, seconds=_FORBIDDEN_FOR)
        self._found.pop(note.message_id, None)

    async def _exists(self, channel_id: int) -> bool:
        try:
            await self.client.fetch_channel(channel_id)
        except discord.HTTPException:
            return False
        return True

    def mute(self, note: VoiceNote, missing: str) -> None:
        """The bot lacks a permission to speak in this channel: for a while, don't even try."""
        self._mute.put(note.channel_id, value=missing, seconds=_FORBIDDEN_FOR)

    def refusal(self, note: VoiceNote) -> errors.Forbidden | None:
        """What the bot was lately found to lack in the note's channel."""
        missing = self._mute.get(note.channel_id)
        return errors.Forbidden(missing) if missing else None

    def permissions_changed(self, channel_ids: Iterable[int]) -> None:
        """Forget what the bot was found to lack there: the next note tells."""
        for channel_id in channel_ids:
            self._mute.forget(channel_id)
            self._no_threads.forget(channel_id)

    def may_edit(self, channel_id: int) -> bool:
        """Whether a progress edit would keep the pace of a channel, which all its answers share."""
        if self._edited.get(channel_id):
            return False
        self._edited.put(channel_id, value=True, seconds=_EDIT_PACE)
        return True

    async def tell_privately(self, note: VoiceNote, text: str) -> None:
        """A sentence to the author, where nothing can be said in the channel; at most once an hour for each."""
        key = (note.channel_id, note.author_id)
        if self._told.get(key):
            return
        self._told.put(key, value=True, seconds=_TOLD_FOR)
        user = await self.client.fetch_user(note.author_id)
        where = f"About your recording in <#{note.channel_id}>: "
        await user.send(where + text, allowed_mentions=discord.AllowedMentions.none())


class _ForAWhile(Generic[V]):
    """What is remembered for some seconds each."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, V]] = {}
        self._most = _KEPT

    def put(self, key: Hashable, *, value: V, seconds: float) -> None:
        """Remember a value."""
        now = self._clock()
        if len(self._kept) >= self._most:
            self._kept = {each: entry for each, entry in self._kept.items() if entry[0] > now}
            self._most = max(_KEPT, 2 * len(self._kept))
        self._kept[key] = now + seconds, value

    def forget(self, key: Hashable) -> None:
        """Before its time."""
        self._kept.pop(key, None)

    def get(self, key: Hashable) -> V | None:
        """The value, until its time has passed."""
        until, value = self._kept.get(key, (0.0, None))
        return value if until > self._clock() else None
