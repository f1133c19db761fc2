"""What is asked of recordings by buttons, questions and flags: it is written down like a note, and answered beside the others."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bot import asks, errors
from bot.models import Attachment, ChannelKind, State, VoiceNote
from bot.notes import intake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import NoteKey, SeenMessage, Standing, StandingAnswer
    from bot.notes.asking import Wanted
    from bot.notes.making import NoteMaker
    from bot.notes.reception import Reception
    from bot.storage import AskedBefore, Ledger


class Asker:
    """Has something asked of recordings, and knows what was asked before.

    Args:
        maker, ledger, asked: as they are named.
        reception: has what is asked worked on.
    """

    def __init__(self, *, maker: NoteMaker, ledger: Ledger, asked: AskedBefore, reception: Reception) -> None:
        self._maker = maker
        self._ledger = ledger
        self._asked = asked
        self._reception = reception

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
                await self._reception.begin(note)
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
                await self._reception.begin(note)

    async def drop(self, hurried: VoiceNote) -> None:
        """What was written down in a hurry is about a recording that is gone."""
        await self._asked.drop(hurried)

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
        await self._reception.begin(note)
        return True

    async def standing(self, key: NoteKey, ask: str) -> Standing | None:
        """How far something that was asked has come; None if it came to nothing, or is not known (any more)."""
        found = await self._asked.standing(key.message_id, key.attachment_id, ask)
        if found is None or (found.state.finished and found.state is not State.POSTED):
            return None
        return found

    async def attachment_of(self, message_id: int, page_id: int) -> int | None:
        """To which attachment of a message a page is an answer; None if to none of them."""
        return await self._asked.attachment_of(message_id, page_id)

    async def answers_to(self, message_ids: Sequence[int]) -> list[StandingAnswer]:
        """The finished answers that stand to the notes of some messages."""
        return await self._asked.answers_to(message_ids)

    async def under_way(self, message: SeenMessage, attachment: Attachment) -> bool:
        """Whether a file of a message is being worked on because it was posted: its answer will stand with it."""
        [note] = await self._maker.of(message, (attachment,))
        standing = await self._asked.standing(note.message_id, note.attachment.id, note.ask)
        return standing is not None and not standing.state.finished
