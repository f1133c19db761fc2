"""/presets: what a server's managers do with its own presets."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors, presets, prompts, reply
from bot.client.authority import may_manage
from bot.client.forms import show_preset_form, typed_into
from bot.client.posting.acknowledgement import acknowledge, pauses_for
from bot.client.posting.components import tried_button
from bot.client.posting.interactions import InteractionDelivery, answer_at_once
from bot.client.posting.outcomes import nothing_seen, surely
from bot.client.posting.refusals import FAILED, passes
from bot.client.posting.webhooks import single_requests
from bot.client.seen import locale_of
from bot.marking import marked as _
from bot.models import Answer
from bot.reply import Action, Press

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.notes import Offers
    from bot.presets import Draft, Preset
    from bot.reply import Words
    from bot.storage import GuildPresets

log = structlog.get_logger("earshot.presets")

_NOT_FOLLOWED = _("That can't be asked of the model I use now.")
_REQUEST_SECONDS = 10.0
_PATIENCE = 60.0
"""Seconds. What somebody has typed is worth some tries."""
_WORDS = re.compile(r"[A-Za-z0-9]{2,}")
"""No emoji, though Discord might take it for the id of one."""


class OwnPresets:
    """Shows, adds, changes and removes a server's own presets.

    Args:
        command_ids: by the names of commands, once Discord has taken them.
        presets: all servers' presets.
        offers: what is offered, which is nothing of theirs where the model only transcribes.
    """

    def __init__(self, command_ids: Mapping[str, int], *, presets: GuildPresets, offers: Offers) -> None:
        self._command_ids = command_ids
        self._presets = presets
        self._offers = offers

    async def list(self, interaction: discord.Interaction) -> None:
        """Answer /presets list."""
        await acknowledge(interaction, private=True)
        words = _words(interaction)
        text = reply.own_presets(await self._presets.of(_guild(interaction)), self._command_ids, words)
        await _say(interaction, reply.finished(Answer(text=text, model=""), words=words), words)

    async def show_form(self, interaction: discord.Interaction, preset: Preset | None) -> None:
        """Answer /presets add, or /presets edit with what there is of a preset."""
        words = _words(interaction)
        if not self._offers.built_in:
            await answer_at_once(interaction, words(_NOT_FOLLOWED))
            return
        press = Press(action=Action.KEEP_PRESET, rest=preset.name if preset else "")
        await show_preset_form(interaction, press, preset, words)

    async def remove(self, interaction: discord.Interaction, preset: Preset) -> None:
        """Answer /presets remove."""
        await acknowledge(interaction, private=True)
        words, number = _words(interaction), presets.own_number(preset.name)
        if number is None or not await self._presets.remove(_guild(interaction), number):
            await answer_at_once(interaction, words(reply.PRESET_GONE))
        else:
            log.info("a preset is removed", guild=interaction.guild_id, preset=preset.name)
            await _say(interaction, reply.preset_removed(preset, words), words)

    async def of(self, interaction: discord.Interaction) -> tuple[Preset, ...]:
        """The presets of the server in which something is asked."""
        return await self._presets.of(interaction.guild_id or 0)

    async def named(self, interaction: discord.Interaction, typed: str) -> Preset:
        """The preset that somebody means, by its name or what the server calls it.

        Raises:
            PresetUnknown: the server has none of that name.
        """
        there = await self.of(interaction)
        for preset in there:
            if typed.strip() == preset.name:
                return preset
        for preset in there:
            if presets.same_name(typed, preset.title or ""):
                return preset
        raise errors.PresetUnknown

    async def keep(self, interaction: discord.Interaction, press: Press) -> None:
        """The form was sent in: add the preset, or change the one that the form's custom id names."""
        draft = presets.Draft.typed(**typed_into(interaction.data))
        words = _words(interaction)
        await acknowledge(interaction, private=True)
        try:
            why_not = await self._why_not(interaction, words) or await _refusal_of(interaction, draft, words)
            if why_not is None:
                kept = await self._kept(_guild(interaction), draft, press.rest)
                log.info("a preset is kept", guild=interaction.guild_id, preset=kept.key)
                await _say(interaction, reply.preset_kept(kept, words, new=not press.rest), words)
                return
        except errors.PresetUnknown:
            why_not = words(reply.PRESET_GONE)
        except errors.Refused as problem:
            why_not = reply.sentence(problem, words)
        await _say(interaction, reply.preset_not_kept(why_not, draft, words), words)

    async def _kept(self, guild_id: int, draft: Draft, name: str) -> Preset:
        if reply.is_built_in(draft.title):
            raise errors.PresetNameTaken(draft.title)
        if not name:
            return await self._presets.add(guild_id, draft)
        number = presets.own_number(name)
        if number is None:
            raise errors.PresetUnknown
        return await self._presets.edit(guild_id, number, draft)

    async def _why_not(self, interaction: discord.Interaction, words: Words) -> str | None:
        """Why a form is not taken: Discord has checked who may use the command, and not who may send in the form."""
        if interaction.guild_id is None or not await may_manage(
            interaction, self._command_ids.get("presets")
        ):
            return words(reply.MAY_NOT)
        return None if self._offers.built_in else words(_NOT_FOLLOWED)


async def _refusal_of(interaction: discord.Interaction, draft: Draft, words: Words) -> str | None:
    """Why a preset can't be as somebody has typed it; None if it can.

    What is an emoji, Discord alone knows: it changes every year. A button that Discord refused would take the answer above
    it along, so Discord is shown one first, in place of “thinking”.
    """
    if not draft.title:
        return words(reply.TITLE_BLANK)
    if not draft.prompt:
        return words(reply.PRESET_WITHOUT_PROMPT)
    if len(draft.title) > presets.MOST_TITLE or len(draft.prompt) > prompts.MOST_CHARACTERS:
        # Discord keeps to the form's limits; what is longer did not come from it.
        return words(reply.BUTTON_REFUSED)
    if draft.emoji and (len(draft.emoji) > presets.MOST_EMOJI or _WORDS.search(draft.emoji)):
        return words(reply.BUTTON_REFUSED)
    tried = Press(action=Action.KEEP_PRESET, rest="tried").custom_id
    button = reply.Button(custom_id=tried, label=draft.title, emoji=draft.emoji)

    async def show() -> None:
        async with asyncio.timeout(_REQUEST_SECONDS):
            with single_requests():
                await interaction.edit_original_response(content="…", view=tried_button(button))

    try:
        await surely(show, nothing_seen, pauses=pauses_for(time.monotonic, _PATIENCE))
    except FAILED as error:
        if passes(error):
            raise errors.DiscordAway(type(error).__name__) from error
        return words(reply.BUTTON_REFUSED)
    return None


def _guild(interaction: discord.Interaction) -> int:
    if interaction.guild_id is None:
        raise discord.app_commands.NoPrivateMessage
    return interaction.guild_id


def _words(interaction: discord.Interaction) -> Words:
    return reply.words_for(locale_of(interaction, private=True))


async def _say(interaction: discord.Interaction, final: reply.Reply, words: Words) -> None:
    await InteractionDelivery(interaction, first=True, private=True, words=words).finish(final)
