"""Puts the pages of an answer to a command where they belong: in place of “thinking”, and as messages after it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

import discord
import structlog

from bot.client.posting.acknowledgement import TOKEN_SECONDS, pauses_for
from bot.client.posting.components import view_of
from bot.client.posting.outcomes import nothing_seen, surely
from bot.client.posting.pages import files_of
from bot.client.posting.refusals import FAILED, UNKNOWN_MESSAGE, passes
from bot.client.posting.webhooks import single_requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.reply import Reply

    Clock = Callable[[], float]
    Sleep = Callable[[float], Awaitable[None]]

T = TypeVar("T")

log = structlog.get_logger("earshot.interactions")

UNKNOWN_WEBHOOK = 10015
_MOMENT = 15.0
"""Seconds. Right after the deferral, Discord may not know of it everywhere: that is no end of the interaction."""
_REQUEST_SECONDS = 60.0
_LOOKED_THROUGH = 100
"""Messages after the command, at most."""


class InteractionPages:
    """The pages of one answer to a command.

    Args:
        interaction: the command; it was acknowledged.
        first: whether the first page replaces “thinking”.
        private: whether only the person who asked sees them.
        taken: ids of messages that are known to be answers to this command; each page is added.
        clock: gives seconds, monotonic.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        interaction: discord.Interaction,
        *,
        first: bool,
        private: bool,
        taken: set[int],
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._interaction = interaction
        self._first = first
        self._private = private
        self._taken = taken
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._unwanted = False
        """Whether somebody has deleted a page. Then no new ones are posted, and the others are only edited."""
        self._posted: list[tuple[int | None, str]] = []
        """Message (None: the first response, which replaces “thinking”) and text of each page."""
        self._maybe_posted = False
        """Whether a page may stand there that is not known: posting it failed, or was cancelled."""
        self._unknown_since: float | None = None
        self._thinking = first
        """Whether Discord still shows “thinking”."""
        self.edit_refused = False
        """Whether Discord refused what was shown last as an edit: as a new message it may pass."""

    def __len__(self) -> int:
        """How many pages stand there."""
        return len(self._posted)

    async def begin_anew(self) -> None:
        """Take the pages away, so that the next are new messages; the first of them takes the place of “thinking”."""
        if self._thinking:
            self._posted.clear()
        await self._remove_from(0)
        self._first = False

    async def show(self, wanted: Reply, *, patient: bool = True, complete: bool = True) -> None:
        """Post and edit so that the pages stand there.

        Args:
            wanted: the pages, with what is attached to the last.
            patient: whether it is tried until the interaction runs out, while Discord is away.
            complete: whether that is the whole answer, so that no other page stays.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: it could not be done.
        """
        self.edit_refused = False
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
                self.edit_refused = True
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

    async def stop_thinking(self) -> None:
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
        if isinstance(error, discord.HTTPException) and error.code == UNKNOWN_WEBHOOK:
            if self._unknown_since is None:
                self._unknown_since = self._clock()
            return self._clock() - self._unknown_since < _MOMENT
        return passes(error)
