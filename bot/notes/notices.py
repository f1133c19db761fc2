"""Whether an answer carries the line that says where recordings go: the first one in each channel does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import reply, rules
from bot.storage import NOTICE

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from bot.policy import RuleBook
    from bot.reply import Handling, Words
    from bot.storage import Told


class Notices:
    """Keeps to one notice a channel, in all processes together.

    Args:
        told: what was told already.
        handling: what becomes of what people say.
        wording: the operator's `NOTICE`: `on`, `off`, or a text of their own.
        rule_book: whether a place wants it.
    """

    def __init__(self, *, told: Told, handling: Handling, wording: str, rule_book: RuleBook) -> None:
        self._told = told
        self._handling = handling
        self._wording = wording
        self._rule_book = rule_book

    async def line(self, note: VoiceNote, words: Words) -> str | None:
        """What the answer to a note has to say; None if it was said in that channel, or is not to be said.

        Called when the answer is there, and again if it could not be posted then: the same answer gets the same line.
        """
        if self._wording == "off" or note.private:
            return None
        in_force = await self._rule_book.at(note.guild_id, note.channel_ids)
        if not in_force.of(rules.NOTICE):
            return None
        first = await self._told.first(
            f"{NOTICE}:{note.parent_id or note.channel_id}",
            note.message_id,
            attachment_id=note.attachment.id,
            ask=note.ask,
            guild_id=note.guild_id,
        )
        if not first:
            return None
        return reply.notice(self._handling, words) if self._wording == "on" else self._wording
