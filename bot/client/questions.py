"""Takes in questions: messages that ask about a note, where it is talked about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors, rules
from bot.client.places import place_of
from bot.models import Question
from bot.notes import asking, intake

if TYPE_CHECKING:
    from bot.client.recordings import Recordings
    from bot.models import SeenMessage
    from bot.notes import Asker
    from bot.policy import RuleBook
    from bot.reply import Controls

log = structlog.get_logger("earshot.questions")


class Questions:
    """Has messages answered that ask about a note.

    Args:
        client: connected.
        asker, recordings: as they are named.
        rule_book: which messages are questions. `mention`: one that mentions the bot or replies to it; `always`: also every
            other message in a thread on a note that is no reply to a person; `off`: none.
        controls: whether the model can answer them.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        asker: Asker,
        recordings: Recordings,
        rule_book: RuleBook,
        controls: Controls,
    ) -> None:
        self._client = client
        self._asker = asker
        self._recordings = recordings
        self._rule_book = rule_book
        self._controls = controls

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
        if note is None or note.id == message.id or not intake.has_notes(note):
            # A thread can be on anything: what is asked about a picture is not for us.
            return 0
        question = Question(message_id=message.id, channel_id=message.channel.id)
        attachment_id = await self._attachment(message, note)
        # The history is read again after a crash: what was answered once is not asked anew.
        standing = await self._asker.ask(
            note, asking.asked_in(question, message.author.id), attachment_id=attachment_id, again=False
        )
        return 0 if standing else 1

    def _may_ask(self, message: discord.Message) -> bool:
        person = not message.author.bot and message.webhook_id is None
        return (
            bool(self._controls.offered)
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
        replied = message.reference.resolved if message.reference is not None else None
        mentioned = self._is_us(*message.mentions)
        # Only messages in threads have a position.
        in_thread = isinstance(message.channel, discord.Thread) or message.position is not None
        may_be_one = replied is not None or mentioned or in_thread
        mode = await self._mode(message) if may_be_one else "off"
        if mode == "off":
            return None
        to_us = isinstance(replied, discord.Message) and self._is_us(replied.author)
        if to_us or (mentioned and replied is not None):
            return await self._recordings.behind(message, locale)
        if mentioned:
            return await self._recordings.under_thread(message, locale)
        if message.guild is None and replied is not None:
            # In direct messages, a reply to a note is a question about it.
            return await self._recordings.behind(message, locale)
        if mode == "always" and replied is None and message.guild is not None:
            return await self._recordings.under_thread(message, locale)
        return None

    def _is_us(self, *people: discord.abc.User) -> bool:
        """Whether the bot is among them."""
        return self._client.user is not None and self._client.user.id in {person.id for person in people}

    async def _mode(self, message: discord.Message) -> str:
        """Which messages are questions where this one is."""
        channel = message.channel
        guild_id = message.guild.id if message.guild else None
        if guild_id is None and isinstance(channel, discord.PartialMessageable):
            guild_id = channel.guild_id
        place = await place_of(self._client, channel.id, guild_id)
        return (await self._rule_book.at(guild_id, place)).of(rules.QUESTIONS)

    async def _attachment(self, message: discord.Message, note: SeenMessage) -> int:
        """Which of a message's recordings is meant: that to whose answer the question replies, or else the first."""
        reference = message.reference.message_id if message.reference is not None else None
        if len(note.attachments) > 1 and reference is not None:
            found = await self._asker.attachment_of(note.id, reference)
            if found is not None:
                return found
        return intake.asked_for(note)[0].id
