"""Answers presses of buttons, choices and forms. What they mean is in their custom ids: nothing has to be remembered."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

from bot import asks, errors, presets, prompts, reply
from bot.client.forms import show_question_form, text_in
from bot.client.posting.acknowledgement import acknowledge, take_silently
from bot.client.posting.interactions import InteractionDelivery, answer_at_once
from bot.client.pressed_asks import is_private, not_offered
from bot.client.seen import locale_of
from bot.models import Prompt, PromptSource
from bot.notes import Wanted, asking
from bot.reply import Action, languages

if TYPE_CHECKING:
    import discord

    from bot.client.answering import Answering
    from bot.client.delete_requests import DeleteRequests
    from bot.client.pressed_asks import PressedAsks
    from bot.client.recap import Recaps
    from bot.client.withdrawals import Withdrawals
    from bot.models import NoteKey
    from bot.notes import Asker, Offers
    from bot.reply import Controls, Press, Words

_MOMENT = 1.0
"""Seconds. What can be pressed already may be written down only a moment later."""


class Presses:
    """Does what buttons, choices and forms ask for.

    What is pressed under an answer that all can see is written down like a note, and answered beside the others. What is
    pressed under a private answer is answered in private.

    Args:
        asks, deletions, asker, withdrawals, answering, recaps, controls, offers: as they are named.
    """

    def __init__(
        self,
        *,
        asks: PressedAsks,
        deletions: DeleteRequests,
        asker: Asker,
        withdrawals: Withdrawals,
        answering: Answering,
        recaps: Recaps,
        controls: Controls,
        offers: Offers,
    ) -> None:
        self._asks = asks
        self._deletions = deletions
        self._asker = asker
        self._withdrawals = withdrawals
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
                wanted = await self._asks.preset(interaction, name, language, private=is_private(interaction))
                await self._asks.ask(interaction, key, wanted, words, why_not=not_offered(name, words))
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
                await self._asks.ask(interaction, key, wanted, words, why_not=not_offered("", words))
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

    async def _more(self, interaction: discord.Interaction, key: NoteKey, words: Words) -> None:
        await acknowledge(interaction, private=True)
        under = interaction.message.id if interaction.message else 0
        private = is_private(interaction)
        may_delete = False
        with contextlib.suppress(errors.DownloadFailed):
            may_delete = not private and await self._deletions.may_delete(interaction, key)
        own = await self._offers.own(interaction.guild_id)
        menus = self._controls.more(key, under, words, may_delete=may_delete, private=private, own=own)
        text = words("What shall I do?") if menus else words("There is nothing more to choose here.")
        await _say(interaction, reply.Reply((text,), menus=menus), words)

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
            await _say(
                interaction,
                reply.Reply((await self._deletions.delete(interaction, key, under, words),)),
                words,
            )
            return
        name, language = (presets.TRANSLATE.name, value) if kind == reply.LANGUAGE_CHOICE else (value, "")
        wanted = None
        if kind != reply.LANGUAGE_CHOICE or languages.known(language):
            wanted = await self._asks.preset(interaction, name, language, private=private)
        if wanted is None:
            await answer_at_once(interaction, not_offered(name, words))
        elif private:
            await acknowledge(interaction, private=True)
            await self._asks.privately(interaction, key, wanted)
        else:
            told = await self._asks.in_public(interaction, key, wanted, words)
            await _say(
                interaction, reply.Reply((told or words("All right: the answer will appear here."),)), words
            )

    async def _hear(self, interaction: discord.Interaction, key: NoteKey, words: Words) -> None:
        """Have the answer given that was only offered, and take the offer away."""
        # What is asked is found out with the rest: the prompt in force where the recording is.
        in_force = Prompt(text=prompts.TRANSCRIBE, source=PromptSource.DEFAULT)
        wanted = Wanted(ask=asks.LISTENED, prompt=in_force, asked_by=interaction.user.id)
        told = await self._asks.in_public(interaction, key, wanted, words)
        if interaction.message is not None:
            await self._withdrawals.delete(key.message_id, interaction.message.id)
        if told:
            await answer_at_once(interaction, told)

    async def _begun_again(self, key: NoteKey, ask: str, person_id: int) -> bool:
        """Whether what failed is tried again now."""
        if await self._asker.ask_again(key, ask, person_id):
            return True
        standing = await self._asker.standing(key, ask)
        if standing is not None and standing.state.finished:
            return False
        await asyncio.sleep(_MOMENT)
        return await self._asker.ask_again(key, ask, person_id)

    async def _again(self, interaction: discord.Interaction, key: NoteKey, ask: str, words: Words) -> None:
        """Try again what failed."""
        found = asks.preset_of(ask)
        name = presets.plain_name(found[0]) if found else ""
        wanted = None
        if found is not None:
            private = is_private(interaction)
            wanted = await self._asks.preset(interaction, name, found[1] or "", private=private)
        known = found is not None or ask == asks.LISTENED
        forgotten = words("I don't know any more what was asked. Please ask again.")
        if is_private(interaction):
            if not known:
                await answer_at_once(interaction, forgotten)
                return
            if found is not None and wanted is None:
                await answer_at_once(interaction, not_offered(name, words))
                return
            await acknowledge(interaction, private=True)
            await self._asks.privately(interaction, key, wanted)
            return
        if await self._begun_again(key, ask, interaction.user.id):
            await take_silently(interaction)
            told = self._asks.later(words)
        elif standing := await self._asker.standing(key, ask):
            # Somebody else has pressed a moment ago.
            told = reply.standing(standing, interaction.guild_id, words)
        elif not known:
            told = forgotten
        elif found is not None and wanted is None:
            told = not_offered(name, words)
        else:
            told = await self._asks.in_public(interaction, key, wanted, words)
        if told:
            await answer_at_once(interaction, told)


async def _say(interaction: discord.Interaction, final: reply.Reply, words: Words) -> None:
    """In place of what Discord shows: “thinking”, or the select."""
    await InteractionDelivery(interaction, first=True, private=True, words=words).finish(final)
