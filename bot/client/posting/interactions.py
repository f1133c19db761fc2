"""Posts answers to commands, as responses to the interaction that each command is."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors, reply
from bot.client.posting.acknowledgement import acknowledge, is_taken, pauses_for
from bot.client.posting.interaction_pages import UNKNOWN_WEBHOOK, InteractionPages
from bot.client.posting.outcomes import nothing_seen, surely
from bot.client.posting.private import answer_privately
from bot.client.posting.refusals import FAILED, passes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from bot.reply import Reply, Words

    Clock = Callable[[], float]
    Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger("earshot.interactions")

_RUN_OUT = {UNKNOWN_WEBHOOK, 50027}
"""Codes: the quarter of an hour is over in which Discord takes answers to a command."""
_TOO_MANY_FOLLOW_UPS = 40094
"""Five are allowed where the bot is not a member."""
_PRIVATE_SECONDS = 120.0
"""For how long a direct message is tried where Discord is away."""


class InteractionDelivery:
    """One note's answer to a command.

    Args:
        interaction: the command; it was acknowledged, so Discord shows “thinking” until the first answer.
        first: whether this answer replaces “thinking”. Those to further files of the message follow as messages of their
            own.
        private: whether only the person who asked sees it.
        words: the language in which the bot says what it has to say about it. Whoever asked is told in theirs what becomes of
            the answer.
        heading: the `title` of the note, if it has one.
        taken: ids of messages that are known to be answers to this command. Shared by its deliveries: each adds its own.
        on_final: called with the final answer before it is shown.
        clock: gives seconds, monotonic.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        interaction: discord.Interaction,
        *,
        first: bool,
        private: bool,
        words: Words,
        heading: str = "",
        taken: set[int] | None = None,
        on_final: Callable[[Reply], None] | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._interaction = interaction
        self._words = words
        self._their_words = reply.words_for(interaction.locale.value)
        self._heading = heading
        self._on_final = on_final
        self._clock = clock
        self._sleep = sleep
        self._pages = InteractionPages(
            interaction,
            first=first,
            private=private,
            taken=set[int]() if taken is None else taken,
            clock=clock,
            sleep=sleep,
        )

    def working(self) -> AbstractAsyncContextManager[None]:
        """Do nothing: Discord shows “thinking” by itself."""
        return contextlib.nullcontext()

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:  # noqa: ARG002 - no thread is opened
        """Post or edit so that `pages` stand there, if Discord takes it at once."""
        await self._pages.show(reply.Reply(pages), patient=False, complete=False)

    async def finish(self, final: Reply) -> None:
        """Post or edit so that exactly the final pages stand there; in private where the interaction has run out.

        While Discord is away, it is tried until the interaction runs out. What Discord refuses is tried in other forms:
        without links, as a file, as new messages instead of edits, and in private.

        Raises:
            CommandExpired: it has run out, and the person takes no direct messages.
            AnswerRefused: Discord takes it in no form; the person was told if that was possible.
        """
        if self._on_final is not None:
            self._on_final(final)
        try:
            refusal = await self._refusal_of(final)
        except discord.HTTPException as error:
            if error.code == _TOO_MANY_FOLLOW_UPS:
                rest = dataclasses.replace(final, pages=final.pages[len(self._pages) :], buttons=(), menus=())
                await self._send_privately(rest, self._their_words(reply.NO_MORE_ROOM))
                return
            await self._send_late(final, error)
        except FAILED as error:
            await self._send_late(final, error)
        else:
            if refusal is not None:
                await self._answer_refused(final, refusal)

    async def withdraw(self) -> None:
        """Do nothing: no message was deleted, since a command has none."""

    async def _refusal_of(self, final: Reply) -> discord.HTTPException | None:
        """Show the answer in the first form that passes; if none does, the last refusal."""
        refusal = await self._refusal_of_forms(final)
        if refusal is not None and self._pages.edit_refused:
            await self._pages.begin_anew()
            refusal = await self._refusal_of_forms(final)
        return refusal

    async def _refusal_of_forms(self, final: Reply) -> discord.HTTPException | None:
        refusal: discord.HTTPException | None = None
        for form in reply.forms(final, self._heading, words=self._words):
            try:
                await self._pages.show(form)
            except discord.HTTPException as error:
                if error.code in {*_RUN_OUT, _TOO_MANY_FOLLOW_UPS} or passes(error):
                    raise
                refusal = error
            else:
                return None
        return refusal

    async def _answer_refused(self, final: Reply, refusal: discord.HTTPException) -> None:
        log.warning(
            "an answer to a command is refused", channel=self._interaction.channel_id, code=refusal.code
        )
        unposted = errors.AnswerRefused(f"code {refusal.code}")
        try:
            await self._send_privately(final, self._their_words(reply.REFUSED_THERE))
            sent = True
        except (errors.CommandExpired, errors.AnswerRefused):
            sent = False
        sentence = self._words(reply.SENT_PRIVATELY) if sent else reply.sentence(unposted, self._words)
        try:
            await self._pages.show(reply.Reply((self._heading + sentence,)))
        except FAILED:
            log.warning("nor can that be said", channel=self._interaction.channel_id)
            await self._pages.stop_thinking()
        if not sent:
            raise unposted from refusal

    async def _send_late(self, final: Reply, error: Exception) -> None:
        log.info("a command has run out", channel=self._interaction.channel_id, error=type(error).__name__)
        try:
            # All pages, since those that stand there may not be up to date.
            await self._send_privately(final, self._their_words(reply.LATE))
        except errors.AnswerRefused as refusal:
            with contextlib.suppress(*FAILED):
                await self._interaction.user.send(reply.sentence(refusal, self._their_words))
            raise

    async def _send_privately(self, final: Reply, remark: str) -> None:
        async def send() -> None:
            await answer_privately(
                self._interaction.user,
                final,
                self._their_words,
                remark=remark,
                name=f"{self._interaction.id}:{self._heading}",
                heading=self._heading,
            )

        try:
            # If it was sent all the same, Discord knows it by its nonce.
            pauses = pauses_for(self._clock, _PRIVATE_SECONDS)
            await surely(send, nothing_seen, pauses=pauses, sleep=self._sleep)
        except FAILED as error:
            log.warning(
                "an answer to a command finds no way to its author", channel=self._interaction.channel_id
            )
            if isinstance(error, discord.Forbidden) or passes(error):
                raise errors.CommandExpired from error
            raise errors.AnswerRefused(type(error).__name__) from error


async def answer_at_once(interaction: discord.Interaction, text: str) -> None:
    """Answer a command in one sentence, which only the person who asked sees.

    If the command was acknowledged before, perhaps even answered, the sentence follows what stands there.

    Raises:
        discord.HTTPException, EarshotError: nobody could be told.
    """
    before = is_taken(interaction)
    if not before:
        await acknowledge(interaction, private=True)
    words = reply.words_for(interaction.locale.value)
    delivery = InteractionDelivery(interaction, first=not before, private=True, words=words)
    await delivery.finish(reply.Reply((text,)))
