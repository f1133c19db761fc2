"""/privacy: what becomes of what people say, and what they can decide about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from bot import reply
from bot.client.posting.acknowledgement import acknowledge, take_silently
from bot.client.posting.interactions import InteractionDelivery
from bot.client.seen import locale_of
from bot.reply import Action

if TYPE_CHECKING:
    import discord

    from bot.client.withdrawals import Withdrawals
    from bot.reply import Handling, Press, Words
    from bot.storage import Consent

log = structlog.get_logger("earshot.privacy")

DECISIONS: Final = frozenset({Action.OPT_OUT, Action.OPT_IN, Action.DELETE})
"""What is pressed under the answer to /privacy."""


class Privacy:
    """Tells people what becomes of what they say, and writes down what they decide.

    Args:
        consent, withdrawals: as they are named.
        handling: what becomes of what people say.
    """

    def __init__(self, *, consent: Consent, withdrawals: Withdrawals, handling: Handling) -> None:
        self._consent = consent
        self._withdrawals = withdrawals
        self._handling = handling

    async def show(self, interaction: discord.Interaction) -> None:
        """Answer /privacy, in private."""
        await acknowledge(interaction, private=True)
        await self._say(interaction)

    async def answer(self, interaction: discord.Interaction, press: Press) -> None:
        """Do what a person has decided. Only they see the buttons, and it is about them alone."""
        person = interaction.user.id
        match press.action:
            case Action.OPT_OUT:
                # Before Discord is told: from the moment it looks done, it is.
                await self._consent.opt_out(person)
                await take_silently(interaction)
                await self._say(interaction)
            case Action.OPT_IN:
                await self._consent.opt_in(person)
                await take_silently(interaction)
                await self._say(interaction)
            case _:
                await take_silently(interaction)
                await self._delete(interaction, answers_too=bool(press.rest))

    async def _delete(self, interaction: discord.Interaction, *, answers_too: bool) -> None:
        gone = await self._consent.delete_data(interaction.user.id, answers_too=answers_too)
        words = _words(interaction)
        await InteractionDelivery(interaction, first=True, private=True, words=words).finish(
            reply.deleted(gone.rows, len(gone.answers), words)
        )
        await self._withdrawals.carry_out(gone.answers)
        log.info("a person's data is deleted", rows=gone.rows, answers=len(gone.answers))

    async def _say(self, interaction: discord.Interaction) -> None:
        words = _words(interaction)
        opted_out = await self._consent.has_opted_out(interaction.user.id)
        said = reply.privacy(self._handling, opted_out=opted_out, words=words)
        await InteractionDelivery(interaction, first=True, private=True, words=words).finish(said)


def _words(interaction: discord.Interaction) -> Words:
    return reply.words_for(locale_of(interaction, private=True))
