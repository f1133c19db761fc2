"""Finds or opens the thread an answer goes into; where there can be none, the answer stands beside the note."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord
import structlog
from cachetools import LRUCache

from bot import errors, reply
from bot.client.posting.outcomes import surely
from bot.client.posting.refusals import UNKNOWN_MESSAGE, missing_permission, passes
from bot.client.posting.withdrawal import discard_empty
from bot.models import ChannelKind
from bot.supervision import to_its_end

if TYPE_CHECKING:
    from bot.client.posting.restrictions import Restrictions
    from bot.models import Question, VoiceNote

log = structlog.get_logger("earshot.threads")

_THREAD_EXISTS = 160004
_ARCHIVE_MINUTES = 1440
_MOST_REMEMBERED = 512
"""Messages whose thread is remembered, so that several notes of one message share it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer's pages are posted."""

    channel: discord.PartialMessageable
    reply_to: discord.PartialMessage | None
    """What each page is a reply to: the note's message, if they stand beside it, or the question; None in a thread on it."""


class Threads:
    """Finds the thread of each note. One message has one thread, even if it has several notes.

    Args:
        client: logged in.
        restrictions: asked before a thread is opened, and told if that is not allowed.
    """

    def __init__(self, client: discord.Client, restrictions: Restrictions) -> None:
        self._client = client
        self._restrictions = restrictions
        self._found: LRUCache[int, asyncio.Task[Destination]] = LRUCache(_MOST_REMEMBERED)

    async def destination(self, note: VoiceNote, topic: str = "") -> Destination:
        """The thread on the note's message, opened now if there is none; or beside the note, where it can't be opened.

        Args:
            note: the note.
            topic: the first words of its answer, after which the thread may be called.

        Raises:
            Gone: the message was deleted.
            discord.HTTPException, aiohttp.ClientError, OSError: Discord did not do it this time.
        """
        if note.question is not None:
            return self._at(note.question, note.guild_id)
        if note.manner.in_reply:
            return self._beside(note)
        task = self._found.get(note.message_id)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.create_task(self._find(note, topic))
            self._found[note.message_id] = task
        # Shielded, because other notes of the message may be waiting for the same thread.
        return await to_its_end(task)

    def known(self, note: VoiceNote, channel_id: int) -> Destination:
        """The destination in `channel_id`, where some of the answer stands already."""
        if note.question is not None:
            return self._at(note.question, note.guild_id)
        if channel_id == note.channel_id:
            return self._beside(note)
        return Destination(self._client.get_partial_messageable(channel_id, guild_id=note.guild_id), None)

    def opened(self, message_id: int) -> int | None:
        """The id of the thread that was lately found or opened on a message, whether or not anything stands in it."""
        task = self._found.get(message_id)
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        destination = task.result()
        return destination.channel.id if destination.reply_to is None else None

    async def unarchive(self, destination: Destination) -> None:
        """Open an archived thread again.

        Raises:
            discord.Forbidden: it is locked.
        """
        await self._client.http.edit_channel(destination.channel.id, archived=False)

    def give_up_on(self, note: VoiceNote) -> None:
        """The bot may not open a thread on the note, or not write in it: its answers go beside notes for a while."""
        self._restrictions.forbid_threads(note.channel_id)
        self._found.pop(note.message_id, None)

    async def take_back(self, note: VoiceNote) -> None:
        """Delete the thread on the note's message, if it is the bot's own and nothing is in it."""
        self._found.pop(note.message_id, None)
        await discard_empty(self._client, note.message_id)

    async def _find(self, note: VoiceNote, topic: str) -> Destination:
        beside = self._beside(note)
        if note.channel_kind is not ChannelKind.TEXT or not self._restrictions.threads_allowed_in(
            note.channel_id
        ):
            return beside
        try:
            return await self._opened(note, topic)
        except discord.HTTPException as error:
            if error.code == UNKNOWN_MESSAGE:
                raise errors.Gone from error
            if passes(error) or isinstance(error, discord.NotFound):
                raise
            if missing_permission(error, ChannelKind.TEXT):
                self.give_up_on(note)
                log.warning("no thread: a permission is missing", channel=note.channel_id, code=error.code)
            else:
                # No threads in this kind of channel, or too many of them, or none of this name.
                log.info("no thread here", channel=note.channel_id, code=error.code)
            return beside

    async def _opened(self, note: VoiceNote, topic: str) -> Destination:
        # A thread that is opened on a message has the message's id.
        thread = Destination(
            self._client.get_partial_messageable(
                note.message_id, guild_id=note.guild_id, type=discord.ChannelType.public_thread
            ),
            None,
        )

        async def open_it() -> Destination:
            try:
                # Not Message.create_thread: that wants the server in a cache, which a worker does not have.
                await self._client.http.start_thread_with_message(
                    note.channel_id,
                    note.message_id,
                    name=reply.thread_name(note, reply.words_for(note.locale), topic),
                    auto_archive_duration=_ARCHIVE_MINUTES,
                )
            except discord.HTTPException as error:
                if error.code != _THREAD_EXISTS:
                    raise
            return thread

        async def look() -> Destination:
            await self._client.fetch_channel(note.message_id)
            return thread

        return await surely(open_it, look)

    def _at(self, question: Question, guild_id: int | None) -> Destination:
        channel = self._client.get_partial_messageable(question.channel_id, guild_id=guild_id)
        return Destination(channel, channel.get_partial_message(question.message_id))

    def _beside(self, note: VoiceNote) -> Destination:
        channel = self._client.get_partial_messageable(note.channel_id, guild_id=note.guild_id)
        return Destination(channel, channel.get_partial_message(note.message_id))
