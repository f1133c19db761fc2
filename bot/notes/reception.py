"""Where notes come in. Posted ones are written into the ledger and dispatched; those of commands are answered at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import prompts
from bot.models import VoiceNote
from bot.notes import intake
from bot.notes.commands import RunningCommands
from bot.notes.dispatch import Job
from bot.storage import PROMPT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.models import Attachment, OrphanedAnswer, Prompt, SeenMessage
    from bot.notes.dispatch import Dispatch
    from bot.notes.pipeline import Deliver, Pipeline
    from bot.notes.worker import Worker
    from bot.storage import GuildSettings, Ledger

log = structlog.get_logger("earshot.reception")


class Reception:
    """Takes notes in. The cogs and the catch-up call it.

    Args:
        guild_settings, ledger, dispatch, pipeline: as they are named.
        worker: this process's; it is told of deletions. With `--gateway-only` it has nothing to work on.
        default_prompt: the operator's.
    """

    def __init__(
        self,
        *,
        guild_settings: GuildSettings,
        ledger: Ledger,
        dispatch: Dispatch,
        pipeline: Pipeline,
        worker: Worker,
        default_prompt: str,
    ) -> None:
        self._guild_settings = guild_settings
        self._ledger = ledger
        self._dispatch = dispatch
        self._worker = worker
        self._commands = RunningCommands(pipeline)
        self._default_prompt = default_prompt
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether this run is ending."""
        return self._closing

    async def take_in(self, message: SeenMessage) -> int:
        """Have the notes in a message answered, if it has any; how many of them were not known yet.

        Called for each message where the bot listens. Once this returns, the notes are in the ledger.
        """
        attachments = intake.notes_in(message)
        if not attachments:
            return 0
        notes = await self._notes(message, attachments)
        new = await self._ledger.receive(notes)
        if new and self._closing:
            log.info("note kept for the next run", message=message.id)
        elif new:
            log.debug("received", message=message.id, notes=new)
            await self._submit(message.id, notes[0].home_id)
        return new

    async def answer_command(
        self, message: SeenMessage, deliver: Callable[[VoiceNote], Deliver], *, prompt: str | None = None
    ) -> None:
        """Have the audio files of a message heard because a command asks for it; if none looks like audio, all files.

        Args:
            message: the message a menu was used on, or one made of a command's file.
            deliver: makes the delivery of each note's answer.
            prompt: the command's own, if it has one.
        """
        notes = await self._notes(message, intake.asked_for(message), prompt)
        await self._commands.start(notes, [deliver(note) for note in notes])

    async def resume(self) -> int:
        """Dispatch what is unfinished in the ledger; how many messages that were. Called after each connection."""
        return await self._submit_all(await self._ledger.unfinished())

    async def dispatch_due(self) -> int:
        """Dispatch what is due in the ledger; how many messages that were. Called every few seconds."""
        return await self._submit_all(await self._ledger.take_due())

    async def deleted(self, message_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """Messages were deleted: stop work on their notes and forget them; the answers that have to be deleted, too."""
        for message_id in message_ids:
            self._worker.deleted(message_id)
            self._dispatch.stop(message_id)
        return await self._ledger.forget(message_ids)

    async def edited(self, message_id: int, attachment_ids: Sequence[int]) -> list[OrphanedAnswer]:
        """A message was edited, and has these attachments now: forget its other notes; the answers to delete."""
        return await self._ledger.forget_others(message_id, attachment_ids)

    async def prompt_in_force(
        self, guild_id: int | None, channel_ids: tuple[int, ...], *, command: str | None = None
    ) -> Prompt:
        """The prompt for a note.

        Args:
            guild_id: the server; None in direct messages.
            channel_ids: the channel; for a thread, the thread and then its parent.
            command: the prompt a command was given.
        """
        channel = server = None
        if guild_id is not None:
            channel, server = await self._guild_settings.nearest(PROMPT, guild_id, channel_ids)
        return prompts.in_force(command=command, channel=channel, server=server, default=self._default_prompt)

    async def close(self, seconds: float) -> None:
        """Begin nothing new, and wait so long for what is in hand.

        What is not finished by then stays in the ledger for the next run; those who used a command are told.
        """
        self._closing = True
        await asyncio.gather(self._dispatch.close(seconds), self._commands.close(seconds))

    async def _submit_all(self, unfinished: Sequence[tuple[int, int]]) -> int:
        for message_id, home_id in unfinished:
            await self._submit(message_id, home_id)
        return len(unfinished)

    async def _submit(self, message_id: int, home_id: int) -> None:
        waiting = await self._ledger.count_waiting(home_id, message_id)
        await self._dispatch.submit(Job(message_id=message_id, home_id=home_id, waiting=waiting))

    async def _notes(
        self, message: SeenMessage, attachments: tuple[Attachment, ...], command: str | None = None
    ) -> list[VoiceNote]:
        channels = (
            (message.channel_id,) if message.parent_id is None else (message.channel_id, message.parent_id)
        )
        prompt = await self.prompt_in_force(message.guild_id, channels, command=command)
        return [
            VoiceNote(
                message_id=message.id,
                channel_id=message.channel_id,
                guild_id=message.guild_id,
                channel_kind=message.channel_kind,
                author_id=message.author_id,
                attachment=attachment,
                prompt=prompt,
                voice=message.is_voice,
                titled=len(attachments) > 1,
                locale=message.locale,
            )
            for attachment in attachments
        ]
