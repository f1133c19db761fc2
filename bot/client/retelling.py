"""What was said in notes, for who has missed them: from the answers that stand on Discord, or heard now, once."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from cachetools import TTLCache

from bot import errors, reply
from bot.models import Posted
from bot.notes import telling
from bot.reply import recap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client.missed import MissedNote
    from bot.client.recollection import Recollection
    from bot.models import StandingAnswer
    from bot.notes import Asker, RunningCommands
    from bot.policy import Gate
    from bot.reply import Words

_READ_AT_ONCE = 5
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between looks at a note that is being worked on."""
_MOST_KEPT = 500
_KEPT_SECONDS = 3600.0


class Retelling:
    """Knows what was said, and pays for no note twice.

    Args:
        running: hears what nobody has heard yet.
        asker: knows what is being heard, and where answers stand.
        recollection: reads the answers that stand.
        gate: whose words may be passed on.
    """

    def __init__(
        self, *, running: RunningCommands, asker: Asker, recollection: Recollection, gate: Gate
    ) -> None:
        self._gate = gate
        self._running = running
        self._asker = asker
        self._recollection = recollection
        self._reading = asyncio.Semaphore(_READ_AT_ONCE)
        self._heard: TTLCache[tuple[int, int], str] = TTLCache(_MOST_KEPT, _KEPT_SECONDS)
        """What was heard for one person alone: it stands nowhere, and should not be paid for twice."""
        self._locks: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        """Held while a note is heard."""

    async def admit(self, guild_id: int | None, channel_ids: tuple[int, ...], person_id: int) -> None:
        """Let somebody be told what was said in a channel.

        Raises:
            ChannelBarred, RoleBarred, DiscordAway: as `Gate.admit_person`.
        """
        await self._gate.admit_person(guild_id, channel_ids, person_id, roles_of=self._recollection.roles_of)

    async def told(
        self,
        note: MissedNote,
        hearing: asyncio.Semaphore,
        words: Words,
        *,
        asked_by: int,
    ) -> recap.Told:
        """What a note's answer begins with, or a sentence that says why there is none.

        Args:
            note: which note.
            hearing: how many may be heard at the same time.
            words: the language of whoever asks.
            asked_by: that person, who pays if it has to be heard.
        """
        try:
            await self._admit(note)
            if not await self._settled(note):
                still = words("I'm still working on this one: the answer will appear with it.")
                return recap.Told(text=still, by_model=False)
            async with self._reading:
                standing = await self._standing([note])
                text = await self._text(note, standing.get(note.key), whole=False)
            if text is not None:
                return recap.Told(text=text, by_model=True)
            # Several people may ask at the same time.
            async with hearing, self._locks.setdefault(note.key, asyncio.Lock()):
                if (kept := self._heard.get(note.key)) is not None:
                    return recap.Told(text=kept, by_model=True)
                text, answered = await self._running.hear(note.message, note.attachment, asked_by=asked_by)
                if answered:
                    text = self._heard[note.key] = recap.bare(text, note.attachment.name)
        except errors.EarshotError as error:
            return recap.Told(text=reply.sentence(error, words), by_model=False)
        return recap.Told(text=text, by_model=answered)

    async def whole(self, notes: Sequence[MissedNote]) -> list[str | None]:
        """All of the answer to each note; None where there is none that can be read."""
        standing = await self._standing(notes)

        async def one(note: MissedNote) -> str | None:
            with contextlib.suppress(errors.EarshotError):
                await self._admit(note)
                async with self._reading:
                    return await self._text(note, standing.get(note.key), whole=True)
            return None

        return list(await asyncio.gather(*map(one, notes)))

    async def _admit(self, note: MissedNote) -> None:
        """Have what was said pass the gate, also where its answer stands already: it may be put to the model again.

        Raises:
            OptedOut: who says it does not want to be heard.
            DiscordAway: who posted it first can't be told now.
        """
        speakers = [note.message.author_id]
        if note.message.origin is not None:
            first = await self._recollection.speaker_of(note.message.origin)
            speakers += [] if first is None else [first]
        for speaker_id in speakers:
            await self._gate.admit_voice(speaker_id, asked_by=0)

    async def _settled(self, note: MissedNote) -> bool:
        """Wait until nobody works on a note any more, for a minute: heard here as well, it would be paid for twice."""
        for pause in _PAUSES:
            if not await self._asker.under_way(note.message, note.attachment):
                return True
            await asyncio.sleep(pause)
        return False

    async def _text(self, note: MissedNote, standing: StandingAnswer | None, *, whole: bool) -> str | None:
        """The answer to a note that stands somewhere, or the first page of it; None if there is none.

        Raises:
            DiscordAway: it can't be read now.
        """
        if standing is None:
            return self._heard.get(note.key)
        pages = standing.posted.pages if whole else standing.posted.pages[:1]
        posted = Posted(channel_id=standing.posted.channel_id, pages=pages)
        try:
            text = await self._recollection.read(posted, note.message.guild_id)
        except errors.Gone:
            return self._heard.get(note.key)
        return recap.bare(text or "", note.attachment.name) or None

    async def _standing(self, notes: Sequence[MissedNote]) -> dict[tuple[int, int], StandingAnswer]:
        return telling(await self._asker.answers_to(sorted({note.message.id for note in notes})))
