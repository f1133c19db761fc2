"""Answers in threads: opened on the note, or the one that is there; in place where a thread cannot be."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
import discord
import structlog

from bot import errors, reply
from bot.models import Place

if TYPE_CHECKING:
    from bot.models import Posted, VoiceNote

log = structlog.get_logger("earshot.threads")

_THREAD_EXISTS = 160004
_NO_THREAD_HERE = {50024, 160005, 160006}
_UNKNOWN_MESSAGE = 10008
_ARCHIVE_MINUTES = 1440
_FORBIDDEN_FOR = 600.0
"""Seconds a missing permission is remembered: Discord bans who knocks in vain too often."""
_EDIT_PACE = 1.2
"""Seconds between progress edits in one channel, whichever answers they belong to."""
_KEPT = 512
"""Messages whose thread is remembered, so that several notes of one message share it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where pages go. `reply_to` is the note's message where they stand beside it, not in a thread of its own."""

    channel: discord.PartialMessageable
    reply_to: discord.PartialMessage | None


class Threads:
    """Finds each note its thread, once a message, and remembers for a while what the bot may not do where."""

    def __init__(self, client: discord.Client) -> None:
        self.client = client
        self._found: dict[int, asyncio.Task[Destination]] = {}
        self._no_threads: dict[int, float] = {}
        self._mute: dict[int, float] = {}
        self._next_edit: dict[int, float] = {}
        self._told: dict[tuple[int, int], float] = {}

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
        if note.place is not Place.CHANNEL or self._no_threads.get(note.channel_id, 0.0) > time.monotonic():
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
            if error.code == _UNKNOWN_MESSAGE:
                raise errors.Gone from error
            if isinstance(error, discord.Forbidden):
                self.give_up_threads(note)
                log.warning("no thread: a permission is missing", channel=note.channel_id, code=error.code)
                return beside
            if error.code in _NO_THREAD_HERE:
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

    async def withdraw(self, message_id: int, source_id: int, posted: Posted) -> None:
        """Delete an answer whose note was deleted; its thread, too, if nobody else wrote in it."""
        channel = self.client.get_partial_messageable(posted.channel_id)
        try:
            if posted.channel_id == message_id != source_id and await self._is_ours_alone(posted.channel_id):
                thread = await self.client.fetch_channel(posted.channel_id)
                if isinstance(thread, discord.Thread):
                    await thread.delete()
                    return
        except discord.HTTPException as error:
            log.info("thread not deleted", thread=posted.channel_id, code=error.code)
        for page in posted.pages:
            with contextlib.suppress(discord.HTTPException):
                await channel.get_partial_message(page).delete()

    async def _is_ours_alone(self, channel_id: int) -> bool:
        """Whether nobody but the bot has written in a thread, as far as its first hundred messages tell."""
        me = self.client.user
        channel = self.client.get_partial_messageable(channel_id)
        return me is not None and all(
            [
                message.author.id == me.id or message.type is discord.MessageType.thread_starter_message
                async for message in channel.history(limit=100, oldest_first=True)
            ]
        )

    def beside(self, note: VoiceNote) -> Destination:
        """The note's own channel, in reply to it."""
        channel = self.client.get_partial_messageable(note.channel_id, guild_id=note.guild_id)
        return Destination(channel, channel.get_partial_message(note.message_id))

    def give_up_threads(self, note: VoiceNote) -> None:
        """The bot may not open threads in this channel, or not speak in them: for a while, answer beside notes."""
        self._no_threads[note.channel_id] = time.monotonic() + _FORBIDDEN_FOR
        self._found.pop(note.message_id, None)

    async def _exists(self, channel_id: int) -> bool:
        try:
            await self.client.fetch_channel(channel_id)
        except discord.HTTPException:
            return False
        return True

    def mute(self, note: VoiceNote) -> None:
        """The bot may not speak in this channel: for a while, don't even try."""
        self._mute[note.channel_id] = time.monotonic() + _FORBIDDEN_FOR

    def is_mute(self, note: VoiceNote) -> bool:
        """Whether the bot was lately refused to speak in the note's channel."""
        return self._mute.get(note.channel_id, 0.0) > time.monotonic()

    def may_edit(self, channel_id: int) -> bool:
        """Whether a progress edit would keep the pace of a channel, which all its answers share."""
        now = time.monotonic()
        if self._next_edit.get(channel_id, 0.0) > now:
            return False
        self._next_edit[channel_id] = now + _EDIT_PACE
        return True

    async def tell_privately(self, note: VoiceNote, text: str) -> None:
        """A sentence to the author, where nothing can be said in the channel; at most once an hour for each."""
        key = (note.channel_id, note.author_id)
        if self._told.get(key, 0.0) > time.monotonic():
            return
        self._told[key] = time.monotonic() + 3600
        user = await self.client.fetch_user(note.author_id)
        await user.send(text, allowed_mentions=discord.AllowedMentions.none())
