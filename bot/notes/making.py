"""Makes notes of messages: with what is asked of them, and how they are answered where they stand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot import asks, errors, presets, prompts, rules
from bot.facts import Source
from bot.models import Manner, Prompt, PromptSource, VoiceNote
from bot.notes.asking import Wanted
from bot.reply import languages

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.models import Attachment, SeenMessage
    from bot.policy import RuleBook
    from bot.presets import Preset
    from bot.rules import Rules

    PresetOf = Callable[[int | None, str], Awaitable[Preset | None]]

_SOURCES = {
    Source.THREAD: PromptSource.CHANNEL,
    Source.CHANNEL: PromptSource.CHANNEL,
    Source.SERVER: PromptSource.SERVER,
}


class NoteMaker:
    """Makes the notes of a message as the rules of its place want them.

    Args:
        rule_book: the rules.
        preset_of: the preset of a name in a server, or in direct messages; None if there is none (any more).
    """

    def __init__(self, rule_book: RuleBook, preset_of: PresetOf) -> None:
        self._rule_book = rule_book
        self._preset_of = preset_of

    async def rules_at(self, message: SeenMessage) -> Rules:
        """The rules in force where a message is."""
        return await self._rule_book.at(message.guild_id, message.channel_ids)

    async def prompt_in_force(
        self, guild_id: int | None, channel_ids: Sequence[int], *, command: str | None = None
    ) -> Prompt:
        """What a note is asked.

        Args:
            guild_id: the server; None in direct messages.
            channel_ids: the channel; for a thread, the thread and then its channel.
            command: the prompt a command was given.
        """
        if typed := prompts.clean(command):
            return Prompt(text=typed, source=PromptSource.COMMAND)
        return await self._prompt(await self._rule_book.at(guild_id, channel_ids), guild_id)

    async def of(
        self,
        message: SeenMessage,
        attachments: Sequence[Attachment],
        *,
        command: str | None = None,
        wanted: Wanted | None = None,
        offered: bool = False,
    ) -> list[VoiceNote]:
        """A note for each of some files of a message.

        Args:
            message: as it was posted.
            attachments: those of its files that are meant.
            command: the prompt a command was given.
            wanted: what is asked instead of that or of the prompt in force.
            offered: whether an answer is only offered.
        """
        in_force = await self.rules_at(message)
        if wanted is None:
            typed = prompts.clean(command)
            prompt = (
                Prompt(text=typed, source=PromptSource.COMMAND)
                if typed
                else await self._prompt(in_force, message.guild_id)
            )
            wanted = Wanted(ask=asks.OFFERED if offered else asks.LISTENED, prompt=prompt, asked_by=None)
        manner = self._manner(in_force, message.author_name, in_reply=wanted.ask == asks.OFFERED)
        return [
            VoiceNote(
                message_id=message.id,
                channel_id=message.channel_id,
                parent_id=message.parent_id,
                guild_id=message.guild_id,
                channel_kind=message.channel_kind,
                author_id=message.author_id,
                attachment=attachment,
                prompt=wanted.prompt,
                voice=message.is_voice,
                titled=len(attachments) > 1,
                ask=wanted.ask,
                asked_by=wanted.asked_by,
                question=wanted.question,
                called=wanted.called,
                loose=message.loose,
                origin=message.origin,
                locale=message.locale,
                manner=manner,
            )
            for attachment in attachments
        ]

    async def completed(self, note: VoiceNote, message: SeenMessage) -> VoiceNote:
        """A note that was written down in a hurry, with all that its message tells and its place decides.

        Raises:
            Gone: the message has no such file any more.
        """
        attachment = next((each for each in message.attachments if each.id == note.attachment.id), None)
        if attachment is None:
            raise errors.Gone("the file is not there")
        prompt = note.prompt
        if note.ask == asks.LISTENED:
            prompt = await self._prompt(await self.rules_at(message), message.guild_id)
        wanted = Wanted(
            ask=note.ask, prompt=prompt, asked_by=note.asked_by, question=note.question, called=note.called
        )
        [whole] = await self.of(message, (attachment,), wanted=wanted)
        return dataclasses.replace(whole, titled=len(message.attachments) > 1, locale=note.locale)

    async def _prompt(self, in_force: Rules, guild_id: int | None) -> Prompt:
        asked, language = in_force.of(rules.PROMPT), in_force.of(rules.LANGUAGE)
        named = languages.english_name(language) if language else None
        source = _SOURCES.get(in_force.source(rules.PROMPT), PromptSource.DEFAULT)
        if (name := rules.preset_in(asked)) is not None:
            # One that was removed meanwhile leaves the bot doing what it does where nothing is set.
            preset = await self._preset_of(guild_id, name) or presets.TRANSCRIBE
            return Prompt(text=preset.worded(named), source=source)
        if prompts.wants_transcript(asked) and named:
            return Prompt(text=prompts.transcribe(named), source=source)
        return Prompt(text=prompts.in_language(asked, named), source=source)

    @staticmethod
    def _manner(in_force: Rules, author_name: str, *, in_reply: bool) -> Manner:
        thread_name = in_force.of(rules.THREAD_NAMES)
        model = in_force.of(rules.MODEL)
        return Manner(
            in_reply=in_reply or in_force.of(rules.ANSWERS) == "reply",
            thread_name=thread_name,
            speaker=author_name if thread_name == "speaker" else "",
            buttons=in_force.of(rules.BUTTONS),
            footer=in_force.of(rules.FOOTER),
            model=model if in_force.source(rules.MODEL) in _SOURCES else None,
        )
