"""Pages of an answer that nobody wrote down: an attempt ended between posting one and recording it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import reply

if TYPE_CHECKING:
    from collections.abc import Container

    from bot.client.threads import Destination
    from bot.models import VoiceNote

_LOOKED_THROUGH = 500
"""Messages after the note, at most."""
_SPOKEN = {discord.MessageType.default, discord.MessageType.reply}


async def strays(
    destination: Destination, note: VoiceNote, *, author_id: int, claimed: Container[int]
) -> list[discord.Message]:
    """The author's messages about a note that are none of the `claimed` ones, oldest first."""
    reference = note.message_id if destination.reply_to is not None else None
    return [
        message
        async for message in destination.channel.history(
            limit=_LOOKED_THROUGH, after=discord.Object(note.message_id), oldest_first=True
        )
        if message.author.id == author_id
        and message.type in _SPOKEN
        and message.id not in claimed
        and _reference(message) == reference
    ]


def is_page(stray: discord.Message, note: VoiceNote, index: int, text: str) -> bool:
    """Whether a stray is this page. Alone in its message, a note owns every stray; else the words must fit."""
    if not note.titled:
        return True
    heading = reply.title(note)
    return stray.content == text.strip() or (index == 0 and stray.content.startswith(heading.strip()))


def _reference(message: discord.Message) -> int | None:
    return message.reference.message_id if message.reference is not None else None
