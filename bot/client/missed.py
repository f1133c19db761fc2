"""Finds the notes of a channel in its history: those since somebody wrote there last, or between two messages."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot import errors
from bot.client.places import known_channel
from bot.client.posting.refusals import FAILED, passes
from bot.client.seen import locale_of, seen_message
from bot.notes import intake
from bot.reply import recap
from bot.snowflakes import moment_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.models import Attachment, SeenMessage

MOST_HOURS = 48
_MOST_NOTES = 20
_LOOKED_THROUGH = 2000
"""Messages, at most: those of a busy channel in two days can be more than anybody waits for."""
_WRITTEN = {discord.MessageType.default, discord.MessageType.reply}


@dataclass(frozen=True, slots=True)
class MissedNote:
    """A note that was found."""

    message: SeenMessage
    attachment: Attachment
    name: str
    """What its author is called."""

    @property
    def key(self) -> tuple[int, int]:
        """Which it is: a file that was forwarded stands in several messages."""
        return self.message.id, self.attachment.id

    @property
    def listed(self) -> recap.Listed:
        """As it stands in the list."""
        return recap.Listed(
            message_id=self.message.id,
            attachment_id=self.attachment.id,
            author_id=self.message.author_id,
            name=self.attachment.name,
            seconds=self.attachment.seconds,
        )


@dataclass(slots=True)
class Found:
    """What there was in a channel."""

    notes: list[MissedNote]
    """Oldest first."""
    since: float
    """From when on, in seconds since 1970."""
    own: bool = False
    """Whether that is when the person wrote there last."""
    more: bool = False
    """Whether there were more."""
    looked_through: int | None = None
    """How many messages were looked through, if that was not all since then."""


class MissedNotes:
    """Reads channels.

    Args:
        client: connected.
    """

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def since(self, interaction: discord.Interaction, channel_id: int, hours: int | None) -> Found:
        """The newest notes of a channel, since the person who asks wrote there last.

        Args:
            interaction: the command.
            channel_id: the channel.
            hours: of how many hours, instead.

        Raises:
            Forbidden, DiscordAway: its messages can't be read, or not now.
        """
        now = moment_of(interaction.id)
        found = Found([], now - (hours or MOST_HOURS) * 3600)
        locale, channel = locale_of(interaction, private=True), await self._channel(interaction, channel_id)
        seen = 0
        async with aclosing(self._messages(interaction, channel_id, interaction.id)) as messages:
            async for message in messages:
                if moment_of(message.id) < found.since:
                    break
                mine = message.author.id == interaction.user.id and message.type in _WRITTEN
                if hours is None and mine:
                    found.since, found.own = moment_of(message.id), True
                    break
                found.notes[:0] = self._notes_in(message, channel, locale)
                found.more = len(found.notes) > _MOST_NOTES
                if found.more:
                    # Whether it was the person who wrote before them is not looked for.
                    break
                seen += 1
                if seen >= _LOOKED_THROUGH:
                    found.looked_through = seen
                    break
        found.notes = found.notes[-_MOST_NOTES:]
        return found

    async def between(
        self, interaction: discord.Interaction, channel_id: int, oldest: int, newest: int
    ) -> list[MissedNote]:
        """The notes of a channel from one message to another, both included; the newest of them, oldest first.

        Raises:
            Forbidden, DiscordAway: as for `since`.
        """
        locale, channel = locale_of(interaction, private=True), await self._channel(interaction, channel_id)
        notes: list[MissedNote] = []
        async with aclosing(self._messages(interaction, channel_id, newest + 1)) as messages:
            async for message in messages:
                if message.id < oldest:
                    break
                notes[:0] = self._notes_in(message, channel, locale)
        return notes[-_MOST_NOTES:]

    async def _messages(
        self, interaction: discord.Interaction, channel_id: int, before: int
    ) -> AsyncGenerator[discord.Message]:
        """A channel's messages before one, the newest first.

        Raises:
            Forbidden, DiscordAway: they can't be read, or not now.
        """
        channel = self._client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
        try:
            async for message in channel.history(limit=_LOOKED_THROUGH, before=discord.Object(before)):
                yield message
        except FAILED as error:
            if isinstance(error, discord.HTTPException) and not passes(error):
                raise errors.Forbidden("View Channel") from error
            raise errors.DiscordAway(type(error).__name__) from error

    async def _channel(self, interaction: discord.Interaction, channel_id: int) -> object:
        """The channel, which the settings of its notes depend on; None if only its id is known."""
        if interaction.guild_id is None:
            return self._client.get_channel(channel_id)
        return await known_channel(self._client, channel_id)

    def _notes_in(self, message: discord.Message, channel: object, locale: str) -> list[MissedNote]:
        if message.type not in _WRITTEN:
            return []
        seen = seen_message(message, channel, locale=locale)
        return [
            MissedNote(seen, attachment, message.author.display_name) for attachment in intake.notes_in(seen)
        ]
