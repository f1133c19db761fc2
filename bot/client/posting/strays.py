"""Finds pages of an answer that are in no ledger row: the process ended between posting one and writing it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import reply

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from bot.client.posting.threads import Destination
    from bot.models import VoiceNote

_LOOKED_THROUGH = 500
"""Messages after the note, at most."""
_SPOKEN = {discord.MessageType.default, discord.MessageType.reply}


async def strays(
    destination: Destination, note: VoiceNote, *, author_id: int, taken: Container[int]
) -> list[discord.Message]:
    """Messages that may be unrecorded pages of a note's answer, oldest first.

    Args:
        destination: where the answer goes.
        note: whose answer.
        author_id: the bot's own id.
        taken: ids of messages that are known to be pages, of this note or of others of the message.
    """
    reference = destination.reply_to.id if destination.reply_to is not None else None
    return [
        message
        async for message in destination.channel.history(
            limit=_LOOKED_THROUGH, after=discord.Object(reference or note.message_id), oldest_first=True
        )
        if message.author.id == author_id
        and message.type in _SPOKEN
        and message.id not in taken
        and _reference(message) == reference
    ]


def is_page(
    stray: discord.Message, note: VoiceNote, index: int, texts: Iterable[str], *, alone: bool
) -> bool:
    """Whether a stray message is page number `index` of the answer, whose text is one of `texts`.

    If nothing else was asked about its message (`alone`), every stray is its own. Otherwise the words have to match.
    """
    if alone or note.question is not None:
        return True
    heading = reply.title(note).strip()
    if stray.content in {text.strip() for text in texts}:
        return True
    # What has no heading is told by that: everything else that is asked has one.
    begins = stray.content.startswith(heading) if heading else not stray.content.startswith("-# ")
    return index == 0 and begins


def _reference(message: discord.Message) -> int | None:
    return message.reference.message_id if message.reference is not None else None
