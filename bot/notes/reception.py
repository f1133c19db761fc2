"""Where notes come in. Posted ones are written into the ledger and dispatched; those of commands are answered at once."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import structlog

from bot import asks, errors, rules
from bot.models import Attachment, ChannelKind, State, VoiceNote
from bot.notes import intake
from bot.notes.commands import RunningCommands
from bot.notes.dispatch import Job

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot import reply
    from bot.models import NoteKey, OrphanedAnswer, Prompt, SeenMessage, Standing, StandingAnswer
    from bot.notes.asking import Wanted
    from bot.notes.dispatch import Dispatch
    from bot.notes.making import NoteMaker
    from bot.notes.pipeline import Pipeline
    from bot.notes.protocols import Deliver
    from bot.notes.worker import Worker
    from bot.storage import AskedBefore, Ledger

log = structlog.get_logger("earshot.reception")


class Reception:
    """Takes notes in. The cogs and the catch-up call it.

    Args:
        maker, ledger, asked, dispatch, pipeline: as they are named.
        worker: this process's; it is told of deletions. With `--gateway-only` it has nothing to work on.
    """

    def __init__(
        self,
        *,
        maker: NoteMaker,
        ledger: Ledger,
        asked: AskedBefore,
        dispatch: Dispatch,
        pipeline: Pipeline,
        worker: Worker,
    ) -> None:
        self._maker = maker
        self._ledger = ledger
        self._asked = asked
        self._dispatch = dispatch
        self._worker = worker
        self._commands = RunningCommands(pipeline)
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether this run is ending."""
        return self._closing

    async def take_in(self, message: SeenMessage) -> int:
        """Have the notes in a message answered, if it has any; how many of them were not known yet.

        Called for each message where the bot listens. Once this returns, the notes are in the ledger.
        """
        if not message.attachments:
            return 0
        in_force = await self._maker.rules_at(message)
        attachments = intake.notes_in(
            message, heard=in_force.of(rules.HEARD), webhooks=in_force.of(rules.WEBHOOKS)
        )
        if not attachments or not in_force.of(rules.LISTENING):
            return 0
        offered = in_force.of(rules.ANSWERS) == "button"
        notes = await self._maker.of(message, attachments, offered=offered)
        new = await self._ledger.receive(notes)
        if new:
            await self._begin(notes[0])
        return new

    async def ask(
        self,
        message: SeenMessage,
        wanted: Wanted | None,
        *,
        attachment_id: int | None = None,
        again: bool = True,
    ) -> list[Standing]:
        """Have something asked of the audio files of a message, answered where the answers to its notes stand.

        Args:
            message: the message with the recordings.
            wanted: what is asked of each; None for what is asked of every note there.
            attachment_id: the one it is asked of, if it is not asked of all.
            again: whether it is asked anew where it came to nothing, or where its answer was deleted. Not for what may be
                the same event, told a second time.

        Returns:
            How far it has come for those of whom it was asked before; nothing for the others, which are worked on now.

        Raises:
            Gone: the file that is meant is not there.
        """
        notes = [
            note
            for note in await self._maker.of(message, intake.asked_for(message), wanted=wanted)
            if attachment_id in {None, note.attachment.id}
        ]
        if not notes:
            raise errors.Gone("the file is not among those that are heard")
        standing: list[Standing] = []
        for note in notes:
            if await self._ledger.receive([note]) or (again and await self._asked.ask_again(note)):
                await self._begin(note)
            elif (
                found := await self._asked.standing(note.message_id, note.attachment.id, note.ask)
            ) is not None:
                standing.append(found)
        return standing

    async def note_down(
        self, key: NoteKey, guild_id: int | None, wanted: Wanted, locale: str
    ) -> tuple[VoiceNote, Standing | None]:
        """Write down at once what somebody asks about a recording of which no more is known than which it is.

        It is worked on after `ask_about`, or in a minute if this process does not get that far.

        Returns:
            What was written down, and how far it has come if it was asked before; then nothing is to be done.
        """
        note = VoiceNote(
            message_id=key.message_id,
            channel_id=key.channel_id,
            guild_id=guild_id,
            channel_kind=ChannelKind.TEXT if guild_id is not None else ChannelKind.DIRECT,
            # Whose recording it is, nobody knows yet: in direct messages it counts to whoever asks.
            author_id=(wanted.asked_by or 0) if guild_id is None else 0,
            attachment=Attachment(id=key.attachment_id, filename="", size=0, url=""),
            prompt=wanted.prompt,
            locale=locale,
            ask=wanted.ask,
            asked_by=wanted.asked_by,
            question=wanted.question,
            called=wanted.called,
        )
        if await self._ledger.receive([note]) or await self._asked.ask_again(note):
            return note, None
        return note, await self._asked.standing(key.message_id, key.attachment_id, wanted.ask)

    async def ask_about(self, hurried: VoiceNote, message: SeenMessage, wanted: Wanted) -> None:
        """Have answered what was written down in a hurry.

        Args:
            hurried: as it was written down.
            message: the message with the recording.
            wanted: what is asked.
        """
        # What every note there is asked is a matter of its place.
        asked = None if wanted.ask == asks.LISTENED else wanted
        for made in await self._maker.of(message, intake.asked_for(message), wanted=asked):
            note = dataclasses.replace(made, asked_by=wanted.asked_by)
            if note.attachment.id == hurried.attachment.id:
                await self._asked.complete(note)
                await self._begin(note)

    async def drop(self, hurried: VoiceNote) -> None:
        """What was written down in a hurry is about a recording that is gone."""
        await self._asked.drop(hurried)

    @staticmethod
    def recordings_in(message: SeenMessage) -> tuple[Attachment, ...]:
        """The files of a message that are heard if somebody asks for it."""
        return intake.asked_for(message)

    @staticmethod
    def is_note(message: SeenMessage) -> bool:
        """Whether a message has files that sound like notes, whoever posted them."""
        return message.is_voice or any(map(intake.looks_like_audio, message.attachments))

    async def ask_again(self, key: NoteKey, ask: str, asked_by: int) -> bool:
        """Have something tried again that failed, as it was asked for; False if there is no such thing (any more)."""
        note = await self._asked.kept(key.message_id, key.attachment_id, ask)
        if note is None:
            return False
        if asks.preset_of(ask) is not None or (ask == asks.LISTENED and note.asked_by is not None):
            # A question remains that of whoever asked it: the answer says who that was. What asked for itself still does.
            note = dataclasses.replace(note, asked_by=asked_by)
        if not await self._asked.ask_again(note):
            return False
        await self._begin(note)
        return True

    async def standing(self, key: NoteKey, ask: str) -> Standing | None:
        """How far something that was asked has come; None if it came to nothing, or is not known (any more)."""
        found = await self._asked.standing(key.message_id, key.attachment_id, ask)
        if found is None or (found.state.finished and found.state is not State.POSTED):
            return None
        return found

    async def withdraw(self, message_id: int, page_id: int) -> OrphanedAnswer | None:
        """Somebody wants an answer to a message deleted, of which `page_id` is a page; the answer to delete, if there is one."""
        return await self._asked.withdraw(message_id, page_id)

    async def attachment_of(self, message_id: int, page_id: int) -> int | None:
        """To which attachment of a message a page is an answer; None if to none of them."""
        return await self._asked.attachment_of(message_id, page_id)

    async def answers_to(self, message_ids: Sequence[int]) -> list[StandingAnswer]:
        """The finished answers that stand to the notes of some messages."""
        return await self._asked.answers_to(message_ids)

    async def answer_command(
        self,
        message: SeenMessage,
        deliver: Callable[[VoiceNote], Deliver],
        *,
        prompt: str | None = None,
        wanted: Wanted | None = None,
        asked_by: int | None = None,
        private: bool = False,
        attachment_id: int | None = None,
    ) -> None:
        """Have the audio files of a message heard because a command asks for it; if none looks like audio, all files.

        Args:
            message: the message a menu was used on, or one made of a command's file.
            deliver: makes the delivery of each note's answer.
            prompt: the command's own, if it has one.
            wanted: what is asked instead of that or of the prompt in force.
            asked_by: the person.
            private: whether only the person who asked sees the answers.
            attachment_id: the file that is meant, if it is not all of them.

        Raises:
            Gone: the file that is meant is not there.
        """
        notes = [
            dataclasses.replace(note, private=private, asked_by=asked_by)
            for note in await self._maker.of(
                message, intake.asked_for(message), command=prompt, wanted=wanted
            )
            if attachment_id in {None, note.attachment.id}
        ]
        if not notes:
            raise errors.Gone("the file is not among those that are heard")
        await self._commands.start(notes, [deliver(note) for note in notes])

    @staticmethod
    def notes_in(message: SeenMessage) -> tuple[Attachment, ...]:
        """The files of a message that are answered where the bot listens."""
        return intake.notes_in(message)

    async def under_way(self, message: SeenMessage, attachment: Attachment) -> bool:
        """Whether a file of a message is being worked on because it was posted: its answer will stand with it."""
        [note] = await self._maker.of(message, (attachment,))
        standing = await self._asked.standing(note.message_id, note.attachment.id, note.ask)
        return standing is not None and not standing.state.finished

    async def hear(self, message: SeenMessage, attachment: Attachment, *, asked_by: int) -> tuple[str, bool]:
        """Have one file of a message heard as notes are there, for a command that shows it in a way of its own.

        Args:
            message: in which it is.
            attachment: the file.
            asked_by: the person, who pays.

        Returns:
            What the model says, and True; or the sentence that says why it says nothing, and False.
        """
        [note] = await self._maker.of(message, (attachment,))
        return await self._commands.hear(dataclasses.replace(note, private=True, asked_by=asked_by))

    async def run(self, work: Callable[[], Awaitable[reply.Reply]], locale: str, delivery: Deliver) -> None:
        """Have something done in the background that a command asks for, and what it comes to delivered.

        At the end of this run it is waited for like a note in hand; whoever waits for what is not done by then is told.

        Args:
            work: what to do. If it fails, the sentence for its error is delivered.
            locale: the language of whoever asked, by Discord's tag.
            delivery: where the result goes.
        """
        await self._commands.run(work, locale, delivery)

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

    async def prompt_in_force(self, guild_id: int | None, channel_ids: tuple[int, ...]) -> Prompt:
        """What a note is asked in a place.

        Args:
            guild_id: the server; None in direct messages.
            channel_ids: the channel; for a thread, the thread and then its parent.
        """
        return await self._maker.prompt_in_force(guild_id, channel_ids)

    async def close(self, seconds: float) -> None:
        """Begin nothing new, and wait so long for what is in hand.

        What is not finished by then stays in the ledger for the next run; those who used a command are told.
        """
        self._closing = True
        await asyncio.gather(self._dispatch.close(seconds), self._commands.close(seconds))

    async def _begin(self, note: VoiceNote) -> None:
        """Have a message worked on of which something new is in the ledger."""
        if self._closing:
            log.info("note kept for the next run", message=note.message_id)
        else:
            log.debug("received", message=note.message_id, ask=note.ask.partition(":")[0])
            await self._submit(note.message_id, note.home_id, more=True)

    async def _submit_all(self, unfinished: Sequence[tuple[int, int]]) -> int:
        for message_id, home_id in unfinished:
            await self._submit(message_id, home_id)
        return len(unfinished)

    async def _submit(self, message_id: int, home_id: int, *, more: bool = False) -> None:
        waiting = await self._ledger.count_waiting(home_id, message_id)
        await self._dispatch.submit(Job(message_id=message_id, home_id=home_id, waiting=waiting, more=more))
