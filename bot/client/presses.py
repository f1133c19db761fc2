"""Answers presses of buttons, choices and forms. What they mean is in their custom ids: nothing has to be remembered."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

import discord
import structlog

from bot import asks, errors, presets, prompts, reply
from bot.client.acknowledgement import acknowledge, take_silently
from bot.client.authority import own_roles
from bot.client.forms import show_question_form, text_in
from bot.client.interactions import InteractionDelivery, answer_at_once
from bot.client.seen import locale_of
from bot.models import Prompt, PromptSource
from bot.notes import Wanted, asking
from bot.reply import Action, languages

if TYPE_CHECKING:
    from bot.client.actions import Actions
    from bot.client.answering import Answering
    from bot.client.recap import Recaps
    from bot.client.recordings import Recordings
    from bot.models import NoteKey, SeenMessage
    from bot.notes import Offers, Reception
    from bot.policy import Gate
    from bot.reply import Controls, Press, Words

log = structlog.get_logger("earshot.presses")

_MOMENT = 1.0
"""Seconds. What can be pressed already may be written down only a moment later."""


class Presses:
    """Does what buttons, choices and forms ask for.

    What is pressed under an answer that all can see is written down like a note, and answered beside the others. What is
    pressed under a private answer is answered in private.

    Args:
        gate, reception, recordings, actions, answering, recaps, controls, offers: as they are named.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        reception: Reception,
        recordings: Recordings,
        actions: Actions,
        answering: Answering,
        recaps: Recaps,
        controls: Controls,
        offers: Offers,
    ) -> None:
        self._gate = gate
        self._reception = reception
        self._recordings = recordings
        self._actions = actions
        self._answering = answering
        self._recaps = recaps
        self._controls = controls
        self._offers = offers

    async def answer(self, interaction: discord.Interaction, press: Press | None) -> None:
        """Do what was asked for.

        Args:
            interaction: not answered yet.
            press: its custom id; None for one of ours that can't be read, as another version may have written it.

        Raises:
            EarshotError, discord.HTTPException: it can't be done, and the person does not know it yet.
        """
        words = reply.words_for(locale_of(interaction, private=True))
        if press is None:
            await answer_at_once(interaction, words("I don't know this button any more."))
        elif press.action is Action.SHARE:
            await self._answering.share(interaction, words, whole=bool(press.rest))
        elif press.action is Action.SUMMARISE:
            await self._recaps.summarise(interaction, press.rest)
        elif press.note is None:
            await answer_at_once(interaction, words("I don't know this button any more."))
        else:
            await self._about(interaction, press, press.note, words)

    async def _about(
        self, interaction: discord.Interaction, press: Press, key: NoteKey, words: Words
    ) -> None:
        """What is about a recording."""
        match press.action:
            case Action.PRESET:
                name, _, language = press.rest.partition(":")
                wanted = await self._preset(interaction, name, language, private=_is_private(interaction))
                await self._ask(interaction, key, wanted, words, why_not=_not_offered(name, words))
            case Action.ASK:
                await show_question_form(
                    interaction, dataclasses.replace(press, action=Action.QUESTION), words
                )
            case Action.QUESTION:
                question = text_in(interaction.data)
                if not question.strip():
                    await answer_at_once(interaction, words("A question needs some words."))
                    return
                wanted = asking.typed(question, interaction.id, interaction.user.id)
                wanted = wanted if self._controls.offered else None
                await self._ask(interaction, key, wanted, words, why_not=_not_offered("", words))
            case Action.MORE:
                await self._more(interaction, key, words)
            case Action.CHOICE:
                await self._chosen(interaction, key, press.rest, words)
            case Action.HEAR:
                await self._hear(interaction, key, words)
            case Action.AGAIN:
                await self._again(interaction, key, press.rest, words)
            case _:
                await answer_at_once(interaction, words("I don't know this button any more."))

    async def _preset(
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

    async def _ask(
        self,
        interaction: discord.Interaction,
        key: NoteKey,
        wanted: Wanted | None,
        words: Words,
        *,
        why_not: str,
    ) -> None:
        if wanted is None:
            await answer_at_once(interaction, why_not)
        elif _is_private(interaction):
            await acknowledge(interaction, private=True)
            await self._privately(interaction, key, wanted)
        elif told := await self._in_public(interaction, key, wanted, words):
            await answer_at_once(interaction, told)

    async def _privately(self, interaction: discord.Interaction, key: NoteKey, wanted: Wanted | None) -> None:
        try:
            seen = await self._seen(interaction, key, private=True)
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

    async def _in_public(
        self, interaction: discord.Interaction, key: NoteKey, wanted: Wanted | None, words: Words
    ) -> str | None:
        """Have something answered for all to see; what to tell the person, where they don't see by themselves what comes of it.

        It is written down before Discord is told that the press was received: then nothing that was received is lost.
        """
        await self._admit(interaction, key)
        if wanted is None:
            # The note itself. It is in the ledger, if it is known at all.
            await take_silently(interaction)
            standing = await self._reception.ask(await self._seen(interaction, key, private=False), None)
            if standing:
                return reply.standing(standing[0], interaction.guild_id, words)
            return self._later(words)
        locale = locale_of(interaction, private=False)
        hurried, before = await self._reception.note_down(key, interaction.guild_id, wanted, locale)
        await take_silently(interaction)
        if before is not None:
            return reply.standing(before, interaction.guild_id, words)
        try:
            seen = await self._seen(interaction, key, private=False)
        except errors.Gone:
            await self._reception.drop(hurried)
            raise
        await self._reception.ask_about(hurried, seen, wanted)
        return self._later(words)

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

    def _later(self, words: Words) -> str | None:
        """What is told while this run ends: what was asked is written down, and the next run answers it."""
        if not self._reception.closing:
            return None
        return words("I'm being restarted: the answer will appear here in a minute.")

    async def _seen(self, interaction: discord.Interaction, key: NoteKey, *, private: bool) -> SeenMessage:
        locale = locale_of(interaction, private=private)
        try:
            return await self._recordings.at(key, interaction.guild_id, locale)
        except errors.DiscordAway as error:
            # It is the recording that can't be had: the person can be told, and is.
            raise errors.DownloadFailed(str(error)) from error

    async def _more(self, interaction: discord.Interaction, key: NoteKey, words: Words) -> None:
        await acknowledge(interaction, private=True)
        under = interaction.message.id if interaction.message else 0
        private = _is_private(interaction)
        may_delete = False
        with contextlib.suppress(errors.DownloadFailed):
            may_delete = not private and await self._may_delete(interaction, key)
        own = await self._offers.own(interaction.guild_id)
        menus = self._controls.more(key, under, words, may_delete=may_delete, private=private, own=own)
        text = words("What shall I do?") if menus else words("There is nothing more to choose here.")
        await _say(interaction, reply.Reply((text,), menus=menus), words)

    async def _may_delete(self, interaction: discord.Interaction, key: NoteKey) -> bool:
        """Whether a person may have the answers to a recording deleted: who speaks in it, or who manages messages.

        Raises:
            DownloadFailed: Discord does not tell now.
        """
        if interaction.permissions.manage_messages:
            return True
        try:
            seen = await self._seen(interaction, key, private=True)
        except errors.Gone:
            return False
        return seen.author_id == interaction.user.id

    async def _chosen(self, interaction: discord.Interaction, key: NoteKey, rest: str, words: Words) -> None:
        """Something was chosen in the select, which is gone afterwards."""
        values = (interaction.data or {}).get("values") or ("",)
        kind, _, value = str(values[0]).partition(":")
        place = reply.choice_of(rest)
        if place is None:
            await answer_at_once(interaction, words("I don't know this button any more."))
            return
        under, private = place
        if kind == reply.DELETE_CHOICE:
            await take_silently(interaction)
            await _say(interaction, reply.Reply((await self._delete(interaction, key, under, words),)), words)
            return
        name, language = (presets.TRANSLATE.name, value) if kind == reply.LANGUAGE_CHOICE else (value, "")
        wanted = None
        if kind != reply.LANGUAGE_CHOICE or languages.known(language):
            wanted = await self._preset(interaction, name, language, private=private)
        if wanted is None:
            await answer_at_once(interaction, _not_offered(name, words))
        elif private:
            await acknowledge(interaction, private=True)
            await self._privately(interaction, key, wanted)
        else:
            told = await self._in_public(interaction, key, wanted, words)
            await _say(
                interaction, reply.Reply((told or words("All right: the answer will appear here."),)), words
            )

    async def _delete(self, interaction: discord.Interaction, key: NoteKey, under: int, words: Words) -> str:
        # What the select offered is no permission: it may be older than the right to choose it.
        if not await self._may_delete(interaction, key):
            return words(
                "Only who speaks in the recording, or who may manage messages, can have its answers deleted."
            )
        answer = await self._reception.withdraw(key.message_id, under)
        if answer is None and await self._reception.attachment_of(key.message_id, under):
            await asyncio.sleep(_MOMENT)
            answer = await self._reception.withdraw(key.message_id, under)
        if answer is not None:
            await self._actions.withdraw(answer)
            return words("The answer is deleted.")
        later = words("This answer can't be deleted now. Please try again in a minute.")
        if interaction.channel_id is None or await self._reception.attachment_of(key.message_id, under):
            # It is still being worked on.
            return later
        try:
            gone = await self._actions.delete_own(
                interaction.channel_id, interaction.guild_id, under, about=key.message_id
            )
        except errors.DiscordAway:
            gone = False
        return words("The answer is deleted.") if gone else later

    async def _hear(self, interaction: discord.Interaction, key: NoteKey, words: Words) -> None:
        """Have the answer given that was only offered, and take the offer away."""
        # What is asked is found out with the rest: the prompt in force where the recording is.
        in_force = Prompt(text=prompts.TRANSCRIBE, source=PromptSource.DEFAULT)
        wanted = Wanted(ask=asks.LISTENED, prompt=in_force, asked_by=interaction.user.id)
        told = await self._in_public(interaction, key, wanted, words)
        if interaction.message is not None:
            offer = await self._reception.withdraw(key.message_id, interaction.message.id)
            if offer is not None:
                await self._actions.withdraw(offer)
        if told:
            await answer_at_once(interaction, told)

    async def _begun_again(self, key: NoteKey, ask: str, person_id: int) -> bool:
        """Whether what failed is tried again now."""
        if await self._reception.ask_again(key, ask, person_id):
            return True
        standing = await self._reception.standing(key, ask)
        if standing is not None and standing.state.finished:
            return False
        await asyncio.sleep(_MOMENT)
        return await self._reception.ask_again(key, ask, person_id)

    async def _again(self, interaction: discord.Interaction, key: NoteKey, ask: str, words: Words) -> None:
        """Try again what failed."""
        found = asks.preset_of(ask)
        name = presets.plain_name(found[0]) if found else ""
        wanted = None
        if found is not None:
            private = _is_private(interaction)
            wanted = await self._preset(interaction, name, found[1] or "", private=private)
        known = found is not None or ask == asks.LISTENED
        forgotten = words("I don't know any more what was asked. Please ask again.")
        if _is_private(interaction):
            if not known:
                await answer_at_once(interaction, forgotten)
                return
            if found is not None and wanted is None:
                await answer_at_once(interaction, _not_offered(name, words))
                return
            await acknowledge(interaction, private=True)
            await self._privately(interaction, key, wanted)
            return
        if await self._begun_again(key, ask, interaction.user.id):
            await take_silently(interaction)
            told = self._later(words)
        elif standing := await self._reception.standing(key, ask):
            # Somebody else has pressed a moment ago.
            told = reply.standing(standing, interaction.guild_id, words)
        elif not known:
            told = forgotten
        elif found is not None and wanted is None:
            told = _not_offered(name, words)
        else:
            told = await self._in_public(interaction, key, wanted, words)
        if told:
            await answer_at_once(interaction, told)


def _not_offered(name: str, words: Words) -> str:
    """Why a preset can't be asked for."""
    if presets.own_number(name) is not None:
        return words(reply.PRESET_GONE)
    return words("That can't be asked of the model I use now.")


def _is_private(interaction: discord.Interaction) -> bool:
    """Whether what was pressed is seen by one person alone; a form that a menu has opened stands under nothing."""
    return interaction.message is None or interaction.message.flags.ephemeral


async def _say(interaction: discord.Interaction, final: reply.Reply, words: Words) -> None:
    """In place of what Discord shows: “thinking”, or the select."""
    await InteractionDelivery(interaction, first=True, private=True, words=words).finish(final)
