"""Posts one note's answer in the note's thread; where Discord refuses it there, in another form or at another place."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, NoReturn

import aiohttp
import discord
import structlog

from bot import errors, reply
from bot.asks import LISTENED
from bot.client.posting.pacing import EDITS, TYPING, Pace
from bot.client.posting.pages import Pages
from bot.client.posting.private import PrivateMessages
from bot.client.posting.refusals import ARCHIVED, FAILED, meaning, missing_permission, passes
from bot.client.posting.restrictions import Restrictions
from bot.client.posting.threads import Threads
from bot.client.posting.withdrawal import withdraw
from bot.models import ChannelKind, OrphanedAnswer, Posted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from bot.client.posting.pages import OnPosted
    from bot.client.posting.threads import Destination
    from bot.models import Claim, VoiceNote

log = structlog.get_logger("earshot.delivery")

_MOMENT = 1.0
"""Seconds. What is answered sooner needs no sign that it is coming, and Discord grants a bot 50 requests a second in all."""


class DeliveryContext:
    """What all deliveries of a process share.

    Args:
        client: logged in.
        clock: gives seconds, monotonic.
        sleep: returns after so many seconds.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.client = client
        self.sleep = sleep
        self.restrictions = Restrictions(clock)
        self.threads = Threads(client, self.restrictions)
        self.edits = Pace(EDITS, clock)
        self.typing = Pace(TYPING, clock)
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
        self._resumed = claim.resumed
        self._words = reply.words_for(claim.note.locale)
        self._heading = reply.title(claim.note)
        self._pages = Pages(context.client, claim, taken, on_posted)
        self._beside = False
        """Whether the answer was refused in the thread, and goes beside the note instead."""
        self._topic = ""
        """The first words of the answer, once there are any: a thread may be called after them."""
        self._typing: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncGenerator[None]:
        """Show “typing” in the note's channel, once it takes longer than a moment, until something of the answer is shown.

        Raises:
            Forbidden: the bot was lately found to lack a permission there, so it is no use to hear the note.
        """
        if refusal := self._context.restrictions.refusal(self._note.channel_id):
            raise refusal
        self._typing = asyncio.create_task(self._type())
        try:
            yield
        finally:
            self._stop_typing()

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
        """Post and edit so that `pages` stand there, unless the last edit in the channel was a moment ago."""
        self._topic = topic
        self._stop_typing()
        if self._context.edits.allows(self._pages.channel_id or self._note.message_id):
            await self._show(pages)

    async def finish(self, final: reply.Reply) -> None:
        """Post, edit and delete so that exactly the final pages stand there.

        What Discord refuses is tried in other forms: without links, as a file, as new messages instead of edits. Then
        beside the note instead of in its thread, and then in private.

        Raises:
            Gone: the note, or its channel, was deleted.
            Forbidden: the bot may not speak there; the author was told in private if that was possible.
            AnswerRefused: Discord takes it in no form; the author was told if that was possible.
            DiscordAway: not now, but perhaps later.
        """
        self._topic = final.topic
        self._stop_typing()
        if refusal := self._context.restrictions.refusal(self._note.channel_id):
            await self._tell_privately(refusal)
        try:
            await self._post_somehow(final)
        except FAILED as error:
            problem = meaning(error, self._note)
            if isinstance(problem, errors.Forbidden):
                if self._pages.channel_id in {None, self._note.channel_id}:
                    # Otherwise it is only the thread that is closed to us.
                    self._context.restrictions.mute(self._note.channel_id, problem.missing)
                await self._tell_privately(problem, error)
            raise problem from error

    async def withdraw(self) -> None:
        """Take back what was shown."""
        await self._pages.settled()
        channel_id = self._pages.channel_id or self._context.threads.opened(self._note.message_id)
        if channel_id is not None:
            answer = OrphanedAnswer(
                message_id=self._note.message_id,
                channel_id=self._note.channel_id,
                posted=Posted(channel_id=channel_id, pages=tuple(self._pages.ids)),
                # If it is a question that was deleted, the note and its other answers are still there.
                alone=self._note.question is not None,
            )
            # What it can't delete now is known: all that was written down of it is to be deleted.
            with contextlib.suppress(errors.DiscordAway):
                await withdraw(self._context.client, answer)

    async def _post_somehow(self, final: reply.Reply) -> None:
        refusal = await self._refusal_of(final)
        if refusal is not None and await self._move_beside():
            try:
                refusal = await self._refusal_of(final)
            except discord.HTTPException as error:
                if not isinstance(meaning(error, self._note), errors.Forbidden):
                    raise
                # Threads can be spoken in, but not the channel.
                refusal = error
        if refusal is None:
            return
        log.warning("an answer is refused", channel=self._note.channel_id, code=refusal.code)
        sent = await self._answer_privately(final)
        unposted = errors.AnswerRefused(f"code {refusal.code}")
        told = self._words(reply.SENT_TO_AUTHOR) if sent else reply.sentence(unposted, self._words)
        await self._say(told, in_private=not sent)
        if not sent:
            raise unposted from refusal

    async def _refusal_of(self, final: reply.Reply) -> discord.HTTPException | None:
        """Post the answer where it goes now, in the first form that passes; if none does, the last refusal."""
        refusal = await self._refusal_of_forms(final)
        if refusal is not None and self._pages.edit_refused and self._pages.ids:
            # What is refused as an edit may pass as a new message.
            await self._pages.take_back(await self._destination(), 0)
            refusal = await self._refusal_of_forms(final)
        return refusal

    async def _refusal_of_forms(
        self, final: reply.Reply, *, files: bool = True
    ) -> discord.HTTPException | None:
        refusal: discord.HTTPException | None = None
        forms = reply.forms(final, self._heading, files=files, words=self._words)
        for form in forms:
            try:
                await self._show(form.pages, form, forms)
            except discord.HTTPException as error:
                problem = meaning(error, self._note)
                if isinstance(problem, errors.Forbidden) and form.has_files:
                    # Perhaps it is only the file that is not allowed.
                    return await self._refusal_of_forms(final, files=False)
                if not isinstance(problem, errors.AnswerRefused):
                    raise
                refusal = error
            else:
                return None
        return refusal

    async def _move_beside(self) -> bool:
        """From now on, answer beside the note; False if that is where the answer goes anyway."""
        destination = await self._destination()
        if destination.reply_to is not None:
            return False
        await self._pages.take_back(destination, 0)
        self._pages.channel_id = None
        self._beside = True
        await self._context.threads.take_back(self._note)
        return True

    async def _answer_privately(self, final: reply.Reply) -> bool:
        """Send the answer to the note's author alone; whether that succeeded."""
        if self._note.channel_kind is ChannelKind.DIRECT:
            return False
        await self._pages.write_down(self._pages.channel_id or self._note.channel_id)
        try:
            await self._context.private.answer(self._note, final, look_back=self._resumed)
        except FAILED as error:
            if passes(error):
                raise
            return False
        return True

    async def _say(self, sentence: str, *, in_private: bool) -> None:
        """Say instead of the answer what became of it; in private if that is refused as well and `in_private`."""
        text = self._heading + sentence
        try:
            await self._show((text,), reply.Reply((text,)))
        except discord.HTTPException as error:
            if passes(error):
                raise
            if in_private:
                await self._tell(sentence)

    async def _tell_privately(self, problem: errors.Forbidden, cause: Exception | None = None) -> NoReturn:
        await self._tell(reply.sentence(problem, self._words))
        raise problem from cause

    async def _tell(self, sentence: str) -> None:
        try:
            await self._context.private.tell(self._note, sentence)
        except FAILED:
            log.warning("neither channel nor author can be told", channel=self._note.channel_id)

    async def _show(
        self, pages: tuple[str, ...], final: reply.Reply | None = None, forms: Sequence[reply.Reply] = ()
    ) -> None:
        await self._pages.settled()
        destination = await self._destination()
        try:
            await self._pages.show(destination, pages, final, forms)
        except discord.HTTPException as error:
            if self._thread_is_closed(error, destination, final):
                # A thread could be opened, but not spoken in.
                self._context.threads.give_up_on(self._note)
                await self._context.threads.take_back(self._note)
                await self._pages.show(await self._destination(), pages, final, forms)
            elif error.code == ARCHIVED and final is not None:
                # Somebody closed the thread meanwhile. A new page would open it again, an edit does not.
                with contextlib.suppress(discord.Forbidden):
                    await self._context.threads.unarchive(destination)
                await self._pages.show(destination, pages, final, forms)
            else:
                raise

    def _thread_is_closed(
        self, error: discord.HTTPException, destination: Destination, final: reply.Reply | None
    ) -> bool:
        if destination.reply_to is not None or self._pages.ids or passes(error):
            return False
        has_file = final is not None and final.has_files
        permission = missing_permission(error, self._note.channel_kind)
        return isinstance(error, discord.Forbidden) and permission is not None and not has_file

    async def _destination(self) -> Destination:
        posted_in = self._pages.channel_id
        if self._beside or posted_in == self._note.channel_id:
            return self._context.threads.known(self._note, self._note.channel_id)
        if posted_in is not None and self._pages.ids:
            return self._context.threads.known(self._note, posted_in)
        return await self._context.threads.destination(self._note, self._topic)

    async def _type(self) -> None:
        channel = self._context.client.get_partial_messageable(
            _typed_in(self._note), guild_id=self._note.guild_id
        )
        try:
            while True:
                await self._context.sleep(_MOMENT)
                if self._context.typing.allows(channel.id):
                    await channel.typing()
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            log.debug("typing not shown", channel=self._note.channel_id)

    def _stop_typing(self) -> None:
        """Before a message is sent: one that comes to stand ends “typing” on Discord, one that went before does not."""
        if self._typing is not None:
            self._typing.cancel()


def _typed_in(note: VoiceNote) -> int:
    """The channel in which whoever asked is looking: the thread, once there is one."""
    if note.question is not None:
        return note.question.channel_id
    if note.ask != LISTENED and note.channel_kind is ChannelKind.TEXT:
        return note.message_id
    return note.channel_id
