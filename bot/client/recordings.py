"""Finds the message with the recording that a button, a reaction or another message is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from cachetools import TTLCache

from bot import errors
from bot.client.posting.refusals import FAILED, UNKNOWN_MESSAGE, passes
from bot.client.seen import locale_of, seen_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import NoteKey, SeenMessage

_MOST_REMEMBERED = 500
_REMEMBERED_SECONDS = 3600.0
_MOST_STEPS = 5
"""How many replies are followed back to a recording."""


class Recordings:
    """Messages with recordings, read from Discord each time they are wanted: a link to a file works for a day at most.

    Args:
        client: connected.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._handed: TTLCache[int, SeenMessage] = TTLCache(_MOST_REMEMBERED, _REMEMBERED_SECONDS)

    def remember(self, message: SeenMessage) -> None:
        """Keep for an hour what a menu has handed over: in servers without the bot, Discord shows it no messages."""
        self._handed[message.id] = message

    def forget(self, message_ids: Sequence[int]) -> None:
        """Messages were deleted: nothing of them is kept."""
        for message_id in message_ids:
            self._handed.pop(message_id, None)

    async def at(self, key: NoteKey, guild_id: int | None, locale: str) -> SeenMessage:
        """The message of a recording.

        Args:
            key: which recording.
            guild_id: the server; None in direct messages.
            locale: the language to answer in.

        Raises:
            Gone: message or attachment are not there any more, or can't be seen.
            DiscordAway: Discord does not tell now.
        """
        handed = self._handed.get(key.message_id)
        try:
            message = await self._fetched(key.channel_id, key.message_id, guild_id)
        except errors.Gone as gone:
            cause = gone.__cause__
            if isinstance(cause, discord.HTTPException) and cause.code == UNKNOWN_MESSAGE:
                # It was deleted, which is not the same as being where the bot sees nothing.
                self.forget([key.message_id])
                raise
            if handed is None:
                raise
            return handed
        seen = seen_message(message, await self._channel(message, key.channel_id), locale=locale)
        if key.attachment_id not in {attachment.id for attachment in seen.attachments}:
            # Without the intent, messages come without their files.
            if handed is not None and not self._client.intents.message_content:
                return handed
            raise errors.Gone
        return seen

    async def pressed(self, interaction: discord.Interaction, key: NoteKey, *, private: bool) -> SeenMessage:
        """The message of the recording that a press is about.

        Args:
            interaction: the press.
            key: which recording.
            private: whether only whoever pressed sees what comes of it, so that it is in their language.

        Raises:
            Gone: as for `at`.
            DownloadFailed: Discord does not tell now.
        """
        locale = locale_of(interaction, private=private)
        try:
            return await self.at(key, interaction.guild_id, locale)
        except errors.DiscordAway as error:
            # It is the recording that can't be had: the person can be told, and is.
            raise errors.DownloadFailed(str(error)) from error

    async def behind(self, message: discord.Message, locale: str | None) -> SeenMessage | None:
        """The message with the recording that a message is about; None if it is about none.

        That is itself, if it has files; else the one it replies to, and so on; else the one on which its thread is.

        Raises:
            Gone, DiscordAway: as for `at`.
        """
        guild_id = _guild_id(message)
        current = message
        for _ in range(_MOST_STEPS):
            channel = await self._channel(current, message.channel.id)
            if (
                seen := seen_message(current, channel, locale=locale)
            ).attachments and seen.author_id != self._me:
                return seen
            if current.reference is None or current.reference.message_id is None:
                break
            resolved = current.reference.resolved
            current = (
                resolved
                if isinstance(resolved, discord.Message)
                else await self._fetched(message.channel.id, current.reference.message_id, guild_id)
            )
        return await self.under_thread(message, locale)

    async def under_thread(self, message: discord.Message, locale: str | None) -> SeenMessage | None:
        """The message with files on which the thread of a message is; None where there is none."""
        thread = await self._channel(message, message.channel.id)
        if not isinstance(thread, discord.Thread):
            return None
        # A thread that was opened on a message has the message's id; a post has that of its first message, in itself.
        forum = isinstance(thread.parent, discord.ForumChannel)
        channel_id = thread.id if forum else thread.parent_id
        try:
            starter = await self._fetched(channel_id, thread.id, thread.guild.id)
        except errors.Gone:
            return None
        channel = await self._channel(starter, channel_id)
        seen = seen_message(starter, channel, locale=locale)
        return seen if seen.attachments and seen.author_id != self._me else None

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    async def _fetched(self, channel_id: int, message_id: int, guild_id: int | None) -> discord.Message:
        try:
            channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
            return await channel.fetch_message(message_id)
        except FAILED as error:
            raise _problem(error) from error

    async def _channel(self, message: discord.Message, channel_id: int) -> object:
        """The channel as discord.py knows it or, in servers, as Discord tells."""
        known = self._client.get_channel(channel_id)
        if known is not None or _guild_id(message) is None:
            return known or message.channel
        try:
            return await self._client.fetch_channel(channel_id)
        except FAILED as error:
            raise _problem(error) from error


def _guild_id(message: discord.Message) -> int | None:
    if message.guild is not None:
        return message.guild.id
    channel = message.channel
    return channel.guild_id if isinstance(channel, discord.PartialMessageable) else None


def _problem(error: Exception) -> errors.EarshotError:
    if isinstance(error, discord.NotFound | discord.Forbidden) and not passes(error):
        return errors.Gone(f"code {error.code}")
    return errors.DiscordAway(type(error).__name__)
