"""Posts one note's answer as messages, in the note's thread or beside the note."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import io
import time
from typing import TYPE_CHECKING, NoReturn

import aiohttp
import discord
import structlog

from bot import errors, reply
from bot.client.pacing import EditPace
from bot.client.private import PrivateMessages
from bot.client.refusals import ARCHIVED, UNKNOWN_MESSAGE, meaning
from bot.client.restrictions import Restrictions
from bot.client.strays import is_page, strays
from bot.client.threads import Threads
from bot.client.withdrawal import withdraw
from bot.models import OrphanedAnswer, Posted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from bot.client.threads import Destination
    from bot.models import Claim, VoiceNote

    OnPosted = Callable[[Posted], Awaitable[None]]

log = structlog.get_logger("earshot.delivery")

_TYPING_LASTS = 9.0


class DeliveryContext:
    """What all deliveries of a process share.

    Args:
        client: logged in.
        clock: gives seconds, monotonic.
    """

    def __init__(self, client: discord.Client, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.client = client
        self.restrictions = Restrictions(clock)
        self.threads = Threads(client, self.restrictions)
        self.pace = EditPace(clock)
        self.private = PrivateMessages(client, clock)


class ThreadDelivery:
    """One note's answer, as messages in its thread or beside it. Pages are posted once and edited when they change.

    Args:
        context: shared by all deliveries of the process.
        claim: the note, and what is known of earlier attempts to answer it.
        taken: ids of messages that are pages of some note of the same message, so that none is taken for a page of this
            one. Shared with the deliveries of those notes: each adds the pages it posts.
        on_posted: awaited before and after each new page, with all pages that stand by then. It raises StoppedError if
            nothing more may be posted.
    """

    def __init__(self, context: DeliveryContext, claim: Claim, taken: set[int], on_posted: OnPosted) -> None:
        self._context = context
        self._note = claim.note
        self._on_posted = on_posted
        self._channel_id = claim.posted.channel_id if claim.posted else None
        self._pages: list[int] = list(claim.posted.pages) if claim.posted else []
        self._shown: list[str | None] = [None] * len(self._pages)
        self._taken = taken
        self._taken.update(self._pages)
        self._to_look_for = claim.resumed
        self._strays: list[discord.Message] = []
        self._typing: asyncio.Task[None] | None = None
        self._adding: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Show “typing” in the note's channel until something of the answer is shown.

        Raises:
            Forbidden: the bot was lately found to lack a permission there, so it is no use to hear the note.
        """
        if refusal := self._context.restrictions.refusal(self._note.channel_id):
            raise refusal
        self._typing = asyncio.create_task(self._type())
        try:
            yield
        finally:
            self._typing.cancel()

    async def grow(self, pages: tuple[str, ...]) -> None:
        """Post and edit so that `pages` stand there, unless the last edit in the channel was a moment ago."""
        if self._typing is not None:
            self._typing.cancel()
        if self._context.pace.may_edit(self._channel_id or self._note.message_id):
            await self._show(pages)

    async def finish(self, final: reply.Reply) -> None:
        """Post, edit and delete so that exactly the final pages stand there.

        Raises:
            Gone: the note, or its channel, was deleted.
            Forbidden: the bot may not speak there; the author was told in private if that was possible.
            DiscordAway: not now, but perhaps later.
        """
        if refusal := self._context.restrictions.refusal(self._note.channel_id):
            await self._tell_privately(refusal)
        try:
            await self._show_all(final)
        except discord.HTTPException as error:
            problem = meaning(error, self._note)
            if isinstance(problem, errors.Forbidden):
                if self._channel_id in {None, self._note.channel_id}:
                    # Otherwise it is only the thread that is closed to us.
                    self._context.restrictions.muted_in(self._note.channel_id, problem.missing)
                await self._tell_privately(problem, error)
            if problem is None:
                raise
            raise problem from error
        except (OSError, aiohttp.ClientError) as error:
            raise errors.DiscordAway(type(error).__name__) from error

    async def _show_all(self, final: reply.Reply) -> None:
        try:
            await self._show(final.pages, final)
        except discord.Forbidden:
            if final.file_text is None:
                raise
            # Perhaps it is only the file that is not allowed.
            await self._show((short := reply.without_file(final)).pages, short)

    async def withdraw(self) -> None:
        """Take back what was shown."""
        if self._adding is not None:
            await asyncio.wait([self._adding])
        channel_id = self._channel_id or self._context.threads.opened(self._note.message_id)
        if channel_id is not None:
            answer = OrphanedAnswer(
                message_id=self._note.message_id,
                channel_id=self._note.channel_id,
                posted=Posted(channel_id=channel_id, pages=tuple(self._pages)),
            )
            await withdraw(self._context.client, answer)

    async def _tell_privately(self, problem: errors.Forbidden, cause: Exception | None = None) -> NoReturn:
        try:
            await self._context.private.tell(self._note, reply.sentence(problem))
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            log.warning("neither channel nor author can be told", channel=self._note.channel_id)
        raise problem from cause

    async def _show(self, pages: tuple[str, ...], final: reply.Reply | None = None) -> None:
        if self._adding is not None:
            # A page was still being posted when an earlier call was cancelled. It counts once it is there.
            await asyncio.wait([self._adding])
        destination = await self._destination()
        try:
            await self._show_in(destination, pages, final)
        except discord.Forbidden:
            if destination.reply_to is not None or self._pages:
                raise
            # A thread could be opened, but not spoken in.
            self._context.threads.give_up_on(self._note)
            await self._show_in(await self._destination(), pages, final)
        except discord.HTTPException as error:
            if error.code != ARCHIVED or final is None:
                raise
            # Somebody closed the thread meanwhile. A new page would open it again, an edit does not.
            with contextlib.suppress(discord.Forbidden):
                await self._context.threads.unarchive(destination)
            await self._show_in(destination, pages, final)

    async def _destination(self) -> Destination:
        if self._channel_id is not None and self._pages:
            return self._context.threads.known(self._note, self._channel_id)
        return await self._context.threads.destination(self._note)

    async def _show_in(
        self, destination: Destination, pages: tuple[str, ...], final: reply.Reply | None
    ) -> None:
        if self._to_look_for and (me := self._context.client.user) is not None:
            self._strays = await strays(destination, self._note, author_id=me.id, taken=self._taken)
            self._to_look_for = False
        for index, text in enumerate(pages):
            attached = final if final is not None and index == len(pages) - 1 else None
            if is_new := index >= len(self._pages):
                # Shielded: if this call is cancelled, the page that is being posted still has to be written down.
                self._adding = asyncio.create_task(self._add(destination, index, text, attached))
                await asyncio.shield(self._adding)
            has_file = attached is not None and attached.file_text is not None
            if self._shown[index] != text or (has_file and not is_new):
                await self._edit(destination, index, text, attached)
        if final is not None:
            for page in self._pages[len(pages) :]:
                with contextlib.suppress(discord.NotFound):
                    await destination.channel.get_partial_message(page).delete()
            del self._pages[len(pages) :], self._shown[len(pages) :]

    async def _add(
        self, destination: Destination, index: int, text: str, attached: reply.Reply | None
    ) -> None:
        """Post a page, or find the one that an earlier attempt has posted; then have it written down."""
        stray = next((each for each in self._strays if is_page(each, self._note, index, text)), None)
        if stray is not None:
            self._strays.remove(stray)
            page, shown = stray.id, None
        else:
            # Also before posting: a worker that was taken for dead meanwhile learns it from this, and posts nothing.
            await self._on_posted(Posted(channel_id=destination.channel.id, pages=tuple(self._pages)))
            message = await self._post(destination, index, text, attached)
            # If Discord knew the nonce, this is the page as it was posted before, perhaps with less text on it.
            page, shown = message.id, text if message.content.strip() == text.strip() else None
        self._pages.append(page)
        self._taken.add(page)
        self._shown.append(shown)
        self._channel_id = destination.channel.id
        await self._on_posted(Posted(channel_id=destination.channel.id, pages=tuple(self._pages)))

    async def _edit(
        self, destination: Destination, index: int, text: str, attached: reply.Reply | None
    ) -> None:
        page = destination.channel.get_partial_message(self._pages[index])
        try:
            await page.edit(content=text, attachments=_files(attached))
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            # Somebody deleted this page, but not the note: it is posted anew.
            message = await self._post(destination, index, text, attached, replaced=page.id)
            self._pages[index] = message.id
            self._taken.add(message.id)
            await self._on_posted(Posted(channel_id=destination.channel.id, pages=tuple(self._pages)))
        self._shown[index] = text

    async def _post(
        self,
        destination: Destination,
        index: int,
        text: str,
        attached: reply.Reply | None,
        *,
        replaced: int | None = None,
    ) -> discord.Message:
        send = functools.partial(
            destination.channel.send,
            text,
            nonce=_nonce(self._note, index, replaced),
            files=_files(attached),
            suppress_embeds=True,
        )
        if destination.reply_to is None:
            return await send()
        # Every page is a reply: that is how it is known as this note's, and refused once the note is deleted.
        reference = destination.reply_to.to_reference(fail_if_not_exists=True)
        return await send(reference=reference)

    async def _type(self) -> None:
        channel = self._context.client.get_partial_messageable(
            self._note.channel_id, guild_id=self._note.guild_id
        )
        try:
            while True:
                await channel.typing()
                await asyncio.sleep(_TYPING_LASTS)
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            log.debug("typing not shown", channel=self._note.channel_id)


def _files(attached: reply.Reply | None) -> list[discord.File]:
    """The file of a reply that has one; a new one each time, since sending it uses it up."""
    if attached is None or attached.file_text is None:
        return []
    return [discord.File(io.BytesIO(attached.file_text.encode()), filename=attached.file_name)]


def _nonce(note: VoiceNote, page: int, replaced: int | None) -> str:
    """The same for the same page of the same note, in every run: Discord then posts it once. 24 characters.

    `replaced` is the id of the message in whose place the page is posted anew, because somebody deleted that one. Discord
    takes a deleted message's nonce for used, so each time it has to be another.
    """
    name = f"{note.message_id}:{note.attachment.id}:{page}{'' if replaced is None else f':{replaced}'}"
    return hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
