"""Flags as reactions: each puts a translation of a note into its thread, once a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot import errors, presets, rules
from bot.client.posting.refusals import FAILED
from bot.notes import asking, intake
from bot.reply import languages

if TYPE_CHECKING:
    import discord

    from bot.client.recordings import Recordings
    from bot.notes import Asker
    from bot.policy import RuleBook
    from bot.reply import Controls

log = structlog.get_logger("earshot.flags")


class Flags:
    """Has notes translated at whose message, or at whose answer, somebody puts a flag.

    Args:
        client: connected.
        asker, recordings, controls: as they are named.
        rule_book: where flags count.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        asker: Asker,
        recordings: Recordings,
        controls: Controls,
        rule_book: RuleBook,
    ) -> None:
        self._client = client
        self._asker = asker
        self._recordings = recordings
        self._controls = controls
        self._rule_book = rule_book

    async def answer(self, event: discord.RawReactionActionEvent) -> None:
        """Have the translation made that a reaction asks for, if it is a flag at a note or at an answer."""
        # A server's own emoji has no name once it is deleted.
        language = languages.of_flag(event.emoji.name or "") if event.emoji.is_unicode_emoji() else None
        me = self._client.user
        is_bot = event.member is not None and event.member.bot
        if language is None or presets.TRANSLATE not in self._controls.offered:
            return
        if me is None or event.user_id == me.id or is_bot:
            return
        channel = self._client.get_partial_messageable(event.channel_id, guild_id=event.guild_id)
        try:
            message = await channel.fetch_message(event.message_id)
            theirs = message.author.id != me.id
            if theirs and not message.attachments and not message.message_snapshots:
                return
            note = await self._recordings.behind(message, None)
        except (errors.EarshotError, *FAILED) as error:
            log.info("a flag leads to no note", channel=event.channel_id, error=type(error).__name__)
            return
        if note is None or not intake.has_notes(note):
            return
        if not (await self._rule_book.at(note.guild_id, note.channel_ids)).of(rules.FLAGS):
            return
        attachment_id = None if theirs else await self._asker.attachment_of(note.id, message.id)
        await self._asker.ask(note, asking.translation(language, event.user_id), attachment_id=attachment_id)
