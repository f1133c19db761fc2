"""Takes in questions: messages that ask about a note, where it is talked about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import discord
import structlog

from bot import errors
from bot.models import Question
from bot.notes import asking

if TYPE_CHECKING:
    from bot.client.recordings import Recordings
    from bot.models import SeenMessage
    from bot.notes import Reception

log = structlog.get_logger("earshot.questions")

Mode = Literal["mention", "always", "off"]


class Questions:
    """Has messages answered that ask about a note.

    Args:
        client: connected.
        reception, recordings: as they are named.
        mode: `mention`: a message that mentions the bot or replies to it; `always`: also every other message in a thread
            on a note that is no reply to a person; `off`: none.
    """

    def __init__(
        self, client: discord.Client, *, reception: Reception, recordings: Recordings, mode: Mode
    ) -> None:
        self._client = client
        self._reception = reception
        self._recordings = recordings
        self._mode = mode

    async def take_in(self, message: discord.Message, locale: str | None) -> int:
        """Have a message answered if it is a question about a note; 1 if it was one that is new, else 0.

        Args:
            message: as the gateway or the history has it.
            locale: the language to answer in; None for the server's.

        Raises:
            DiscordAway: Discord does not tell what it is about.
        """
        if not self._may_ask(message):
            return 0
        try:
            note = await self._note(message, locale)
        except errors.Gone:
            return 0
        if note is None or note.id == message.id or not self._reception.is_note(note):
            # A thread can be on anything: what is asked about a picture is not for us.
            return 0
        question = Question(message_id=message.id, channel_id=message.channel.id)
        attachment_id = await self._attachment(message, note)
        # The history is read again after a crash: what was answered once is not asked anew.
        standing = await self._reception.ask(
            note, asking.asked_in(question, message.author.id), attachment_id=attachment_id, again=False
        )
        return 0 if standing else 1

    def _may_ask(self, message: discord.Message) -> bool:
        person = not message.author.bot and message.webhook_id is None
        return (
            self._mode != "off"
            and person
            and message.type in {discord.MessageType.default, discord.MessageType.reply}
            and bool(self._words_of(message))
            and not message.attachments
        )

    def _words_of(self, message: discord.Message) -> str:
        """What a message says, but for the mention that makes a question of it."""
        mention = rf"<@!?{self._client.user.id}>" if self._client.user else r"(?!)"
        return re.sub(mention, "", message.content).strip()

    async def _note(self, message: discord.Message, locale: str | None) -> SeenMessage | None:
        me = self._client.user
        if me is None:
            return None
        replied = message.reference.resolved if message.reference is not None else None
        to_us = isinstance(replied, discord.Message) and replied.author.id == me.id
        mentioned = any(user.id == me.id for user in message.mentions)
        if to_us or (mentioned and replied is not None):
            return await self._recordings.behind(message, locale)
        if mentioned:
            return await self._recordings.under_thread(message, locale)
        if message.guild is None and replied is not None:
            # In direct messages, a reply to a note is a question about it.
            return await self._recordings.behind(message, locale)
        if self._mode == "always" and replied is None and message.guild is not None:
            return await self._recordings.under_thread(message, locale)
        return None

    async def _attachment(self, message: discord.Message, note: SeenMessage) -> int:
        """Which of a message's recordings is meant: that to whose answer the question replies, or else the first."""
        reference = message.reference.message_id if message.reference is not None else None
        if len(note.attachments) > 1 and reference is not None:
            found = await self._reception.attachment_of(note.id, reference)
            if found is not None:
                return found
        return self._reception.recordings_in(note)[0].id
