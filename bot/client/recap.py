"""Answers with the list of the notes somebody has missed in a channel, or with one summary of all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot import errors, reply
from bot.client.access import not_let_in, why_unreadable, why_unreadable_now
from bot.client.places import place_of
from bot.client.posting.acknowledgement import acknowledge
from bot.client.posting.interactions import InteractionDelivery
from bot.client.seen import locale_of
from bot.notes import Recording, fitting
from bot.reply import Growth, languages, recap
from bot.snowflakes import moment_of

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    import discord

    from bot.client.access import Chosen
    from bot.client.missed import MissedNote, MissedNotes
    from bot.client.retelling import Retelling
    from bot.notes import RunningCommands, Summing
    from bot.reply import Controls, Reply, Words

_HEARD_AT_ONCE = 3
_READY_SECONDS = 13 * 60.0
"""What is not ready by then is told as such: Discord takes answers for a quarter of an hour."""


class Recaps:
    """Answers /recap and the button under its list.

    Args:
        client: connected.
        running: runs what takes a while.
        missed: finds the notes.
        retelling: knows what was said in them.
        summing: sums up what there is.
        controls: whether the model can do that.
        ready_seconds: after how many seconds the list has to be complete.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        running: RunningCommands,
        missed: MissedNotes,
        retelling: Retelling,
        summing: Summing,
        controls: Controls,
        ready_seconds: float = _READY_SECONDS,
    ) -> None:
        self._client = client
        self._running = running
        self._missed = missed
        self._retelling = retelling
        self._summing = summing
        self._controls = controls
        self._ready_seconds = ready_seconds

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
            await self._admit(interaction, channel_id)
            try:
                found = await self._missed.since(interaction, channel_id, hours)
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
            told = await self._told(found.notes, of, delivery, words, interaction.user.id)
            return recap.final(of, told, words, summarise=bool(self._controls.offered))

        await self._running.run(work, words.locale, delivery)

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
            await self._admit(interaction, channel_id)
            try:
                notes = await self._missed.between(interaction, channel_id, oldest, newest)
            except errors.Forbidden:
                return reply.Reply((not_let_in(words),))
            texts = await self._retelling.whole(notes)
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
                    taken,
                    language,
                    asked_by=interaction.user.id,
                    guild_id=interaction.guild_id,
                    channel_id=channel_id,
                    on_text=growth.update,
                )
            return recap.summary(answer, len(notes) - len(taken), words)

        await self._running.run(work, words.locale, delivery)

    async def _admit(self, interaction: discord.Interaction, channel_id: int) -> None:
        """Have whoever asks pass the rules of the channel that they ask about."""
        place = await place_of(self._client, channel_id, interaction.guild_id)
        await self._retelling.admit(interaction.guild_id, place, interaction.user.id)

    async def _told(
        self,
        notes: Sequence[MissedNote],
        of: recap.Recap,
        delivery: InteractionDelivery,
        words: Words,
        asked_by: int,
    ) -> dict[tuple[int, int], recap.Told]:
        """What became of each note. The list is shown as it grows."""
        told: dict[tuple[int, int], recap.Told] = {}
        if not notes:
            return told
        hearing = asyncio.Semaphore(_HEARD_AT_ONCE)
        async with Growth(lambda text: delivery.grow(reply.growing(text))) as growth:
            growth.update(recap.listing(of, told, words))

            async def one(note: MissedNote) -> None:
                told[note.key] = await self._retelling.told(note, hearing, words, asked_by=asked_by)
                growth.update(recap.listing(of, told, words))

            await _until([one(note) for note in notes], self._ready_seconds)
        for note in notes:
            if note.key not in told:
                late = words("This one wasn't ready in time. Use the menu “Transcribe” on it.")
                told[note.key] = recap.Told(text=late, by_model=False)
        return told


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
    return datetime.fromtimestamp(moment_of(message_id), UTC).strftime("%Y-%m-%d %H:%M UTC")
