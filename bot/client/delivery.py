"""One note's answer, as messages in its thread or beside it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import io
from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors, reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.client.threads import Destination, Threads
    from bot.models import VoiceNote

log = structlog.get_logger("earshot.delivery")

_CLOSED = {50083, 160005}
"""The thread is archived for good, or locked."""
_TYPING_LASTS = 9.0


class ThreadDelivery:
    """One note's answer, as messages in its thread. Pages are posted once and edited as they change.

    Args:
        threads: shared by all.
        note: whose answer it is.
        resumed: whether a former run may have posted some of it already.
    """

    def __init__(self, threads: Threads, note: VoiceNote, *, resumed: bool = False) -> None:
        self._threads = threads
        self._note = note
        self._resumed = resumed
        self._posted: list[tuple[discord.PartialMessage, str | None]] = []
        self._typing: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Show “typing” where the note is, for as long as nothing else is shown."""
        self._typing = asyncio.create_task(self._type())
        try:
            yield
        finally:
            self._typing.cancel()

    async def grow(self, pages: tuple[str, ...]) -> None:
        """Post or edit so that `pages` stand there."""
        if self._typing is not None:
            self._typing.cancel()
        await self._show(pages)

    async def finish(self, final: reply.Reply) -> None:
        """Post or edit so that exactly the final pages stand there.

        Raises:
            Gone: the note, or its channel, was deleted.
            Forbidden: the bot may not speak there; the author was told in private if that was possible.
        """
        try:
            await self._show(final.pages, final)
        except discord.NotFound as error:
            raise errors.Gone from error
        except discord.HTTPException as error:
            if not isinstance(error, discord.Forbidden) and error.code not in _CLOSED:
                raise
            problem = errors.Forbidden("Send Messages")
            try:
                await self._threads.tell_privately(self._note, reply.sentence(problem))
            except discord.HTTPException:
                log.warning("neither channel nor author can be told", channel=self._note.channel_id)
            raise problem from error

    async def _show(self, pages: tuple[str, ...], final: reply.Reply | None = None) -> None:
        destination = await self._threads.destination(self._note)
        try:
            await self._show_in(destination, pages, final)
        except discord.Forbidden:
            if destination.reply_to is not None or self._posted:
                raise
            # A thread could be opened, but not spoken in.
            self._threads.give_up_threads(self._note)
            await self._show_in(await self._threads.destination(self._note), pages, final)

    async def _show_in(
        self, destination: Destination, pages: tuple[str, ...], final: reply.Reply | None
    ) -> None:
        if self._resumed:
            self._posted = [(page, None) for page in await self._pages_of_a_former_run(destination)]
            self._resumed = False
        for index, text in enumerate(pages):
            file = _file(final) if final is not None and index == len(pages) - 1 else None
            if index >= len(self._posted):
                self._posted.append((await self._post(destination, index, text, file), text))
            elif self._posted[index][1] != text or file is not None:
                page = self._posted[index][0]
                await page.edit(
                    content=text,
                    attachments=[file] if file else [],
                    allowed_mentions=discord.AllowedMentions.none(),
                )
                self._posted[index] = (page, text)
        if final is not None:
            for page, _ in self._posted[len(pages) :]:
                await page.delete()
            del self._posted[len(pages) :]

    async def _post(
        self, destination: Destination, index: int, text: str, file: discord.File | None
    ) -> discord.PartialMessage:
        send = functools.partial(
            destination.channel.send,
            text,
            nonce=_nonce(self._note, index),
            files=[file] if file else [],
            allowed_mentions=discord.AllowedMentions.none(),
            suppress_embeds=True,
        )
        if destination.reply_to is not None and index == 0:
            reference = destination.reply_to.to_reference(fail_if_not_exists=False)
            message = await send(reference=reference, mention_author=False)
        else:
            message = await send()
        page = destination.channel.get_partial_message(message.id)
        if message.content.strip() != text.strip():
            # The nonce was known: this page had been posted before, with less on it.
            await page.edit(content=text, allowed_mentions=discord.AllowedMentions.none())
        return page

    async def _pages_of_a_former_run(self, destination: Destination) -> list[discord.PartialMessage]:
        heading = reply.title(self._note)
        user = self._threads.client.user
        return [
            destination.channel.get_partial_message(message.id)
            async for message in destination.channel.history(
                limit=100, after=discord.Object(self._note.message_id), oldest_first=True
            )
            if user is not None
            and message.author.id == user.id
            and message.content.startswith(heading)
            and (destination.reply_to is None or _answers(message, self._note))
        ]

    async def _type(self) -> None:
        channel = self._threads.client.get_partial_messageable(
            self._note.channel_id, guild_id=self._note.guild_id
        )
        try:
            while True:
                await channel.typing()
                await asyncio.sleep(_TYPING_LASTS)
        except discord.HTTPException:
            log.debug("typing not shown", channel=self._note.channel_id)


def _answers(message: discord.Message, note: VoiceNote) -> bool:
    return message.reference is not None and message.reference.message_id == note.message_id


def _file(final: reply.Reply) -> discord.File | None:
    if final.file_text is None:
        return None
    return discord.File(io.BytesIO(final.file_text.encode()), filename=final.file_name)


def _nonce(note: VoiceNote, page: int) -> str:
    """The same for the same page of the same note, in every run: Discord then posts it once. 24 characters."""
    name = f"{note.message_id}:{note.attachment.id}:{page}"
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
