"""What a press asks of a recording: for all to see, written down like a note; or in private, answered at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import errors, presets, reply
from bot.client.authority import own_roles
from bot.client.posting.acknowledgement import acknowledge, take_silently
from bot.client.posting.interactions import answer_at_once
from bot.client.seen import locale_of
from bot.notes import asking
from bot.reply import languages

if TYPE_CHECKING:
    from bot.client.answering import Answering
    from bot.client.recordings import Recordings
    from bot.models import NoteKey
    from bot.notes import Asker, Offers, Reception, Wanted
    from bot.policy import Gate
    from bot.reply import Words


class PressedAsks:
    """Has something asked of a recording for whoever pressed.

    Args:
        gate, reception, asker, recordings, answering, offers: as they are named.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        reception: Reception,
        asker: Asker,
        recordings: Recordings,
        answering: Answering,
        offers: Offers,
    ) -> None:
        self._gate = gate
        self._reception = reception
        self._asker = asker
        self._recordings = recordings
        self._answering = answering
        self._offers = offers

    async def preset(
        self, interaction: discord.Interaction, name: str, language: str, *, private: bool
    ) -> Wanted | None:
        """A preset by name and language; None for one that is not offered (any more).

        Args:
            interaction: where it is asked for.
            name: the preset's.
            language: the tag of its answer's language. It may be empty: then it is that of who reads the answer, where the
                preset's prompt names one. A server may have changed the prompt since the button was made.
            private: whether one person reads it.
        """
        preset = await self._offers.named(interaction.guild_id, name)
        if preset is None:
            return None
        if preset.title is not None and not preset.names_language:
            language = ""
        elif preset.names_language and not language:
            language = languages.normal(locale_of(interaction, private=private))
        if language and not languages.known(language):
            return None
        return asking.preset(preset, language or None, interaction.user.id)

    async def ask(
        self,
        interaction: discord.Interaction,
        key: NoteKey,
        wanted: Wanted | None,
        words: Words,
        *,
        why_not: str,
    ) -> None:
        """Have something answered where it was pressed: for all to see, or in private.

        Args:
            interaction: the press.
            key: the recording.
            wanted: what is asked; None for what can't be.
            words: the person's language.
            why_not: what they are told then.
        """
        if wanted is None:
            await answer_at_once(interaction, why_not)
        elif is_private(interaction):
            await acknowledge(interaction, private=True)
            await self.privately(interaction, key, wanted)
        elif told := await self.in_public(interaction, key, wanted, words):
            await answer_at_once(interaction, told)

    async def privately(self, interaction: discord.Interaction, key: NoteKey, wanted: Wanted | None) -> None:
        """Have something answered for the person alone.

        Args:
            interaction: the press, acknowledged.
            key: the recording.
            wanted: what is asked; None for what every note is asked.
        """
        try:
            seen = await self._recordings.pressed(interaction, key, private=True)
        except errors.Gone:
            words = reply.words_for(locale_of(interaction, private=True))
            # In servers without the bot, only what a menu has handed over is there to be heard, and for an hour.
            told = words(
                "I can't find this recording any more. If it is still there, use my menu on it again."
            )
            await answer_at_once(interaction, told)
            return
        await self._answering.answer(
            interaction, seen, wanted=wanted, private=True, attachment_id=key.attachment_id
        )

    async def in_public(
        self, interaction: discord.Interaction, key: NoteKey, wanted: Wanted | None, words: Words
    ) -> str | None:
        """Have something answered for all to see; what to tell the person, where they don't see by themselves what comes of it.

        It is written down before Discord is told that the press was received: then nothing that was received is lost.
        """
        await self._admit(interaction, key)
        if wanted is None:
            # The note itself. It is in the ledger, if it is known at all.
            await take_silently(interaction)
            standing = await self._asker.ask(
                await self._recordings.pressed(interaction, key, private=False), None
            )
            if standing:
                return reply.standing(standing[0], interaction.guild_id, words)
            return self.later(words)
        locale = locale_of(interaction, private=False)
        hurried, before = await self._asker.note_down(key, interaction.guild_id, wanted, locale)
        await take_silently(interaction)
        if before is not None:
            return reply.standing(before, interaction.guild_id, words)
        try:
            seen = await self._recordings.pressed(interaction, key, private=False)
        except errors.Gone:
            await self._asker.drop(hurried)
            raise
        await self._asker.ask_about(hurried, seen, wanted)
        return self.later(words)

    async def _admit(self, interaction: discord.Interaction, key: NoteKey) -> None:
        """Have who presses pass the gate before others see anything of it: what they may not have stays there for others.

        Raises:
            ChannelBarred, RoleBarred: the server does not want it.
        """
        # What stands in the thread on a note is pressed there; the note itself is then in no thread.
        channel = interaction.channel
        place: tuple[int, ...] = (key.channel_id,)
        if isinstance(channel, discord.Thread) and channel.id == key.channel_id:
            place = (key.channel_id, channel.parent_id)

        async def roles_of(_guild_id: int, _person_id: int) -> frozenset[int]:
            return own_roles(interaction)

        await self._gate.admit_person(interaction.guild_id, place, interaction.user.id, roles_of=roles_of)

    def later(self, words: Words) -> str | None:
        """What is told while this run ends: what was asked is written down, and the next run answers it."""
        if not self._reception.closing:
            return None
        return words("I'm being restarted: the answer will appear here in a minute.")


def not_offered(name: str, words: Words) -> str:
    """Why a preset can't be asked for."""
    if presets.own_number(name) is not None:
        return words(reply.PRESET_GONE)
    return words("That can't be asked of the model I use now.")


def is_private(interaction: discord.Interaction) -> bool:
    """Whether what was pressed is seen by one person alone; a form that a menu has opened stands under nothing."""
    return interaction.message is None or interaction.message.flags.ephemeral
