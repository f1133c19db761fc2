"""Reads the notes somebody has missed in a channel, and answers with the list of them or with one summary of all."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import discord
from cachetools import TTLCache

from bot import errors, reply
from bot.client.access import not_let_in, why_unreadable, why_unreadable_now
from bot.client.acknowledgement import acknowledge
from bot.client.interactions import InteractionDelivery
from bot.client.refusals import FAILED, passes
from bot.client.seen import locale_of, seen_message
from bot.models import Posted
from bot.notes import Recording, fitting, telling
from bot.reply import Growth, languages, recap

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence

    from bot.client.access import Chosen
    from bot.client.recollection import Recollection
    from bot.models import Attachment, SeenMessage, StandingAnswer
    from bot.notes import Reception, Summing
    from bot.reply import Controls, Reply, Words

MOST_HOURS = 48
_MOST_NOTES = 20
_LOOKED_THROUGH = 2000
"""Messages, at most: those of a busy channel in two days can be more than anybody waits for."""
_HEARD_AT_ONCE = 3
_READ_AT_ONCE = 5
_READY_SECONDS = 13 * 60.0
"""What is not ready by then is told as such: Discord takes answers for a quarter of an hour."""
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds between looks at a note that is being worked on."""
_MOST_KEPT = 500
_KEPT_SECONDS = 3600.0
_WRITTEN = {discord.MessageType.default, discord.MessageType.reply}


@dataclass(frozen=True, slots=True)
class _Note:
    """A note that was found."""

    message: SeenMessage
    attachment: Attachment
    name: str
    """What its author is called."""

    @property
    def key(self) -> tuple[int, int]:
        return self.message.id, self.attachment.id

    @property
    def listed(self) -> recap.Listed:
        return recap.Listed(
            message_id=self.message.id,
            attachment_id=self.attachment.id,
            author_id=self.message.author_id,
            name=self.attachment.name,
            seconds=self.attachment.seconds,
        )


@dataclass(slots=True)
class _Found:
    """What there was in a channel."""

    notes: list[_Note]
    """Oldest first."""
    since: float
    own: bool = False
    more: bool = False
    looked_through: int | None = None


class Recaps:
    """Answers /recap and the button under its list.

    Args:
        client: connected.
        reception: hears what nobody has heard yet.
        recollection: reads the answers that stand.
        summing: sums up what there is.
        controls: whether the model can do that.
        ready_seconds: after how many seconds the list has to be complete.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        reception: Reception,
        recollection: Recollection,
        summing: Summing,
        controls: Controls,
        ready_seconds: float = _READY_SECONDS,
    ) -> None:
        self._client = client
        self._reception = reception
        self._recollection = recollection
        self._summing = summing
        self._controls = controls
        self._ready_seconds = ready_seconds
        self._heard: TTLCache[tuple[int, int], str] = TTLCache(_MOST_KEPT, _KEPT_SECONDS)
        """What was heard for one person alone: it stands nowhere, and should not be paid for twice."""
        self._locks: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()
        """Held while a note is heard."""

    async def answer(
        self, interaction: discord.Interaction, *, hours: int | None, channel: Chosen | None
    ) -> None:
        """List the notes of a channel, or of that in which it is asked, since the person wrote there last.

        Args:
            interaction: the command.
            hours: of how many hours, instead.
            channel: which channel, if it is another one.

        Raises:
            EarshotError, discord.HTTPException: it can't be done, and the person does not know it yet.
        """
        words = reply.words_for(locale_of(interaction, private=True))
        await acknowledge(interaction, private=True)
        delivery = InteractionDelivery(interaction, first=True, private=True, words=words)
        if (sentence := await why_unreadable(interaction, channel, words)) is not None:
            await delivery.finish(reply.Reply((sentence,)))
            return
        channel_id = channel.id if channel else interaction.channel_id or 0

        async def work() -> Reply:
            try:
                found = await self._found(interaction, channel_id, hours)
            except errors.Forbidden:
                return reply.Reply((not_let_in(words),))
            of = recap.Recap(
                guild_id=interaction.guild_id,
                channel_id=channel_id,
                chosen=channel_id != interaction.channel_id,
                since=found.since,
                own=found.own,
                notes=tuple(note.listed for note in found.notes),
                more=found.more,
                looked_through=found.looked_through,
                hidden=interaction.guild_id is not None and not self._client.intents.message_content,
            )
            told = await self._told(found.notes, of, delivery, words)
            return recap.final(of, told, words, summarise=bool(self._controls.offered))

        await self._reception.run(work, words.locale, delivery)

    async def summarise(self, interaction: discord.Interaction, rest: str) -> None:
        """Sum up what a list has: the button under it was pressed.

        Args:
            interaction: the press.
            rest: that of its `Press`.

        Raises:
            EarshotError, discord.HTTPException: as for `answer`.
        """
        locale = locale_of(interaction, private=True)
        words = reply.words_for(locale)
        await acknowledge(interaction, private=True)
        delivery = InteractionDelivery(interaction, first=True, private=True, words=words)
        span = recap.span_of(rest)
        if span is None or not self._controls.offered:
            await delivery.finish(reply.Reply((words("That can't be asked of the model I use now."),)))
            return
        channel_id, oldest, newest = span
        if (sentence := await why_unreadable_now(interaction, channel_id, words)) is not None:
            await delivery.finish(reply.Reply((sentence,)))
            return

        async def work() -> Reply:
            notes: list[_Note] = []
            try:
                async with aclosing(self._messages(interaction, channel_id, newest + 1)) as messages:
                    async for message in messages:
                        if message.id < oldest:
                            break
                        notes[:0] = self._notes_in(message, words.locale)
            except errors.Forbidden:
                return reply.Reply((not_let_in(words),))
            notes = notes[-_MOST_NOTES:]
            texts = await self._all(notes, self._whole)
            recordings = [
                Recording(name=note.name, when=_written(note.message.id), text=text)
                for note, text in zip(notes, texts, strict=True)
                if text
            ]
            if not recordings:
                return reply.Reply(
                    (words("No answers to these notes stand here any more. Use /recap again."),)
                )
            taken = fitting(recordings)
            language = languages.english_name(languages.normal(locale))
            async with Growth(lambda text: delivery.grow(reply.growing(text))) as growth:
                answer = await self._summing.up(
                    taken, language, asked_by=interaction.user.id, on_text=growth.update
                )
            return recap.summary(answer, len(notes) - len(taken), words)

        await self._reception.run(work, words.locale, delivery)

    async def _found(self, interaction: discord.Interaction, channel_id: int, hours: int | None) -> _Found:
        """The newest notes of a channel."""
        now = discord.utils.snowflake_time(interaction.id).timestamp()
        found = _Found([], now - (hours or MOST_HOURS) * 3600)
        locale = locale_of(interaction, private=True)
        seen = 0
        async with aclosing(self._messages(interaction, channel_id, interaction.id)) as messages:
            async for message in messages:
                if recap.posted_at(message.id) < found.since:
                    break
                mine = message.author.id == interaction.user.id and message.type in _WRITTEN
                if hours is None and mine:
                    found.since, found.own = recap.posted_at(message.id), True
                    break
                found.notes[:0] = self._notes_in(message, locale)
                found.more = len(found.notes) > _MOST_NOTES
                if found.more:
                    # Whether it was the person who wrote before them is not looked for.
                    break
                seen += 1
                if seen >= _LOOKED_THROUGH:
                    found.looked_through = seen
                    break
        found.notes = found.notes[-_MOST_NOTES:]
        return found

    async def _messages(
        self, interaction: discord.Interaction, channel_id: int, before: int
    ) -> AsyncGenerator[discord.Message]:
        """A channel's messages before one, the newest first.

        Raises:
            Forbidden, DiscordAway: they can't be read, or not now.
        """
        channel = self._client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
        try:
            async for message in channel.history(limit=_LOOKED_THROUGH, before=discord.Object(before)):
                yield message
        except FAILED as error:
            if isinstance(error, discord.HTTPException) and not passes(error):
                raise errors.Forbidden("View Channel") from error
            raise errors.DiscordAway(type(error).__name__) from error

    def _notes_in(self, message: discord.Message, locale: str) -> list[_Note]:
        if message.type not in _WRITTEN:
            return []
        channel = self._client.get_channel(message.channel.id)
        seen = seen_message(message, channel, locale=locale)
        return [
            _Note(seen, attachment, message.author.display_name)
            for attachment in self._reception.notes_in(seen)
        ]

    async def _told(
        self, notes: Sequence[_Note], of: recap.Recap, delivery: InteractionDelivery, words: Words
    ) -> dict[tuple[int, int], recap.Told]:
        """What became of each note. The list is shown as it grows."""
        told: dict[tuple[int, int], recap.Told] = {}
        if not notes:
            return told
        reading, hearing = asyncio.Semaphore(_READ_AT_ONCE), asyncio.Semaphore(_HEARD_AT_ONCE)
        async with Growth(lambda text: delivery.grow(reply.growing(text))) as growth:
            growth.update(recap.listing(of, told, words))

            async def one(note: _Note) -> None:
                told[note.key] = await self._one(note, reading, hearing, words)
                growth.update(recap.listing(of, told, words))

            await _until([one(note) for note in notes], self._ready_seconds)
        for note in notes:
            if note.key not in told:
                late = words("This one wasn't ready in time. Use the menu “Transcribe” on it.")
                told[note.key] = recap.Told(text=late, by_model=False)
        return told

    async def _one(
        self,
        note: _Note,
        reading: asyncio.Semaphore,
        hearing: asyncio.Semaphore,
        words: Words,
    ) -> recap.Told:
        """What a note's answer begins with, or a sentence that says why there is none."""
        try:
            if not await self._settled(note):
                still = words("I'm still working on this one: the answer will appear with it.")
                return recap.Told(text=still, by_model=False)
            async with reading:
                standing = await self._standing([note])
                text = await self._text(note, standing.get(note.key), whole=False)
            if text is not None:
                return recap.Told(text=text, by_model=True)
            # Several people may ask at the same time.
            async with hearing, self._locks.setdefault(note.key, asyncio.Lock()):
                if (kept := self._heard.get(note.key)) is not None:
                    return recap.Told(text=kept, by_model=True)
                text, answered = await self._reception.hear(note.message, note.attachment)
                if answered:
                    text = self._heard[note.key] = recap.bare(text, note.attachment.name)
        except errors.EarshotError as error:
            return recap.Told(text=reply.sentence(error, words), by_model=False)
        return recap.Told(text=text, by_model=answered)

    async def _settled(self, note: _Note) -> bool:
        """Wait until nobody works on a note any more, for a minute: heard here as well, it would be paid for twice."""
        for pause in _PAUSES:
            if not await self._reception.under_way(note.message, note.attachment):
                return True
            await asyncio.sleep(pause)
        return False

    async def _whole(self, note: _Note, standing: StandingAnswer | None) -> str | None:
        """All of the answer to a note, as far as there is one."""
        with contextlib.suppress(errors.EarshotError):
            return await self._text(note, standing, whole=True)
        return None

    async def _text(self, note: _Note, standing: StandingAnswer | None, *, whole: bool) -> str | None:
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

    async def _standing(self, notes: Sequence[_Note]) -> dict[tuple[int, int], StandingAnswer]:
        return telling(await self._reception.answers_to(sorted({note.message.id for note in notes})))

    async def _all(
        self,
        notes: Sequence[_Note],
        read: Callable[[_Note, StandingAnswer | None], Awaitable[str | None]],
    ) -> list[str | None]:
        standing = await self._standing(notes)
        slots = asyncio.Semaphore(_READ_AT_ONCE)

        async def one(note: _Note) -> str | None:
            async with slots:
                return await read(note, standing.get(note.key))

        return list(await asyncio.gather(*map(one, notes)))


async def _until(work: Sequence[Coroutine[object, object, None]], seconds: float) -> None:
    """Do all of it side by side, for so many seconds; what is not done by then is cancelled."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


def _written(message_id: int) -> str:
    """When a message was posted, for the model."""
    return datetime.fromtimestamp(recap.posted_at(message_id), UTC).strftime("%Y-%m-%d %H:%M UTC")
