"""Posts answers to commands, as responses to the interaction that each command is."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from typing import TYPE_CHECKING, TypeVar

import discord
import structlog

from bot import errors, reply
from bot.client.acknowledgement import TOKEN_SECONDS, acknowledge, is_taken, pauses_for
from bot.client.components import view_of
from bot.client.outcomes import nothing_seen, surely
from bot.client.pages import files_of
from bot.client.private import answer_privately
from bot.client.refusals import FAILED, UNKNOWN_MESSAGE, passes
from bot.client.webhooks import single_requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from bot.reply import Reply, Words

    Clock = Callable[[], float]
    Sleep = Callable[[float], Awaitable[None]]

T = TypeVar("T")

log = structlog.get_logger("earshot.interactions")

_UNKNOWN_WEBHOOK = 10015
_RUN_OUT = {_UNKNOWN_WEBHOOK, 50027}
"""Codes: the quarter of an hour is over in which Discord takes answers to a command."""
_TOO_MANY_FOLLOW_UPS = 40094
"""Five are allowed where the bot is not a member."""
_MOMENT = 15.0
"""Seconds. Right after the deferral, Discord may not know of it everywhere: that is no end of the interaction."""
_REQUEST_SECONDS = 60.0
_PRIVATE_SECONDS = 120.0
"""For how long a direct message is tried where Discord is away."""
_LOOKED_THROUGH = 100
"""Messages after the command, at most."""


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
        self._first = first
        self._private = private
        self._words = words
        self._their_words = reply.words_for(interaction.locale.value)
        self._heading = heading
        self._taken = set[int]() if taken is None else taken
        self._on_final = on_final
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._unwanted = False
        """Whether somebody has deleted a page. Then no new ones are posted, and the others are only edited."""
        self._posted: list[tuple[int | None, str]] = []
        """Message (None: the first response, which replaces “thinking”) and text of each page."""
        self._maybe_posted = False
        """Whether a page may stand there that is not known: posting it failed, or was cancelled."""
        self._edit_refused = False
        self._unknown_since: float | None = None
        self._thinking = first
        """Whether Discord still shows “thinking”."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Do nothing: Discord shows “thinking” by itself."""
        return contextlib.nullcontext()

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:  # noqa: ARG002 - no thread is opened
        """Post or edit so that `pages` stand there, if Discord takes it at once."""
        await self._show(reply.Reply(pages), patient=False, complete=False)

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
                rest = dataclasses.replace(
                    final, pages=final.pages[len(self._posted) :], buttons=(), menus=()
                )
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
        if refusal is not None and self._edit_refused:
            # What is refused as an edit may pass as a new message; the first one then takes the place of “thinking”.
            if self._thinking:
                self._posted.clear()
            await self._remove_from(0)
            self._first = False
            refusal = await self._refusal_of_forms(final)
        return refusal

    async def _refusal_of_forms(self, final: Reply) -> discord.HTTPException | None:
        refusal: discord.HTTPException | None = None
        for form in reply.forms(final, self._heading, words=self._words):
            try:
                await self._show(form)
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
            await self._show(reply.Reply((self._heading + sentence,)))
        except FAILED:
            log.warning("nor can that be said", channel=self._interaction.channel_id)
            await self._stop_thinking()
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

    async def _show(self, wanted: Reply, *, patient: bool = True, complete: bool = True) -> None:
        """Post and edit so that the pages stand there; exactly those, if that is the `complete` answer."""
        self._edit_refused = False
        for index, text in enumerate(wanted.pages):
            more = wanted.has_files or view_of(wanted) is not None
            attached = wanted if more and index == len(wanted.pages) - 1 else None
            if index >= len(self._posted) and (
                self._unwanted or await self._post(index, text, attached, patient=patient)
            ):
                continue
            if attached is not None or self._posted[index][1] != text:
                await self._edit(index, text, attached, patient=patient)
        if complete:
            await self._remove_from(len(wanted.pages))

    async def _edit(self, index: int, text: str, attached: Reply | None, *, patient: bool) -> None:
        page = self._posted[index][0]

        async def edit() -> None:
            files, view = files_of(attached), view_of(attached)
            if page is None:
                message = await self._interaction.edit_original_response(
                    content=text, attachments=files, view=view
                )
                self._taken.add(message.id)
            else:
                await self._interaction.followup.edit_message(
                    page, content=text, attachments=files, view=view
                )

        try:
            await self._surely(edit, nothing_seen, patient=patient)
        except discord.HTTPException as error:
            if error.code != UNKNOWN_MESSAGE:
                self._edit_refused = True
                raise
            log.info("an answer to a command was deleted", channel=self._interaction.channel_id)
            self._unwanted = True
        self._thinking = False
        self._posted[index] = (page, text)

    async def _post(self, index: int, text: str, attached: Reply | None, *, patient: bool) -> bool:
        """Post a page; False if it is there, as “thinking” or posted by an attempt that looked failed, and has to be edited."""
        if index == 0 and self._first:
            self._posted.append((None, ""))
            return False

        async def post() -> tuple[int, str]:
            self._maybe_posted = True
            message = await self._interaction.followup.send(
                text,
                files=files_of(attached),
                view=view_of(attached) or discord.utils.MISSING,
                ephemeral=self._private,
                suppress_embeds=True,
                wait=True,
            )
            self._maybe_posted = False
            return message.id, text

        found: tuple[int, str] | None = None
        if self._maybe_posted:
            with contextlib.suppress(*FAILED):
                found = await self._found()
        page, shown = found or await self._surely(post, self._found, patient=patient)
        self._thinking = False
        self._taken.add(page)
        self._posted.append((page, shown))
        return shown == text

    async def _found(self) -> tuple[int, str] | None:
        """A page of this answer that stands there without our knowing, and an empty text; None if none is seen.

        What only one person sees is in no history, and where the bot is no member it sees none.
        """
        client, channel_id = self._interaction.client, self._interaction.channel_id
        if self._private or channel_id is None or client.user is None:
            return None
        channel = client.get_partial_messageable(channel_id, guild_id=self._interaction.guild_id)
        async for message in channel.history(
            limit=_LOOKED_THROUGH, after=discord.Object(self._interaction.id), oldest_first=True
        ):
            origin = message.interaction_metadata
            if (
                message.author.id == client.user.id
                and origin is not None
                and origin.id == self._interaction.id
                and message.id not in self._taken
                and not message.flags.loading
            ):
                self._maybe_posted = False
                return message.id, ""
        return None

    async def _remove_from(self, index: int) -> None:
        """Delete the pages from that number on, as far as Discord lets us."""
        for page, _ in self._posted[index:]:

            async def delete(page: int | None = page) -> None:
                if page is None:
                    await self._interaction.delete_original_response()
                else:
                    await self._interaction.followup.delete_message(page)

            try:
                await self._surely(delete, nothing_seen, patient=True)
            except discord.HTTPException as error:
                if not isinstance(error, discord.NotFound):
                    log.info("an answer to a command can't be deleted", code=error.code)
        del self._posted[index:]

    async def _stop_thinking(self) -> None:
        """Where nothing can be said, at least Discord does not say for ever that the bot is thinking."""
        if self._thinking:
            with contextlib.suppress(*FAILED):
                await self._surely(self._interaction.delete_original_response, nothing_seen, patient=True)

    async def _surely(
        self,
        act: Callable[[], Awaitable[T]],
        look: Callable[[], Awaitable[T | None]],
        *,
        patient: bool,
    ) -> T:
        async def once() -> T:
            async with asyncio.timeout(_REQUEST_SECONDS):
                with single_requests():
                    return await act()

        left = TOKEN_SECONDS - (self._clock() - self._began)
        pauses = pauses_for(self._clock, left) if patient else ()
        result = await surely(once, look, pauses=pauses, sleep=self._sleep, passes=self._passes)
        self._unknown_since = None
        return result

    def _passes(self, error: Exception) -> bool:
        if isinstance(error, discord.HTTPException) and error.code == _UNKNOWN_WEBHOOK:
            if self._unknown_since is None:
                self._unknown_since = self._clock()
            return self._clock() - self._unknown_since < _MOMENT
        return passes(error)


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
