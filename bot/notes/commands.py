"""The notes that commands ask for. They are not stored, because only this process can answer the interaction."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import TYPE_CHECKING

import structlog

from bot import errors, reply
from bot.models import State
from bot.notes import intake
from bot.notes.ordering import OrderedDelivery, in_order
from bot.notes.protocols import NoCheckpoints

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from bot.models import Attachment, SeenMessage, VoiceNote
    from bot.notes.asking import Wanted
    from bot.notes.making import NoteMaker
    from bot.notes.pipeline import Pipeline
    from bot.notes.protocols import Deliver

log = structlog.get_logger("earshot.commands")

_TELLING_SECONDS = 1.5


class RunningCommands:
    """The commands that are being answered in this process.

    Args:
        maker, pipeline: as they are named.
    """

    def __init__(self, *, maker: NoteMaker, pipeline: Pipeline) -> None:
        self._maker = maker
        self._pipeline = pipeline
        self._tasks: dict[asyncio.Task[None], tuple[str, OrderedDelivery]] = {}
        """What is in hand: the language of whoever asked, and where the answer goes."""
        self._closing = False

    async def answer(
        self,
        message: SeenMessage,
        deliver: Callable[[VoiceNote], Deliver],
        *,
        prompt: str | None = None,
        wanted: Wanted | None = None,
        asked_by: int | None = None,
        private: bool = False,
        attachment_id: int | None = None,
    ) -> None:
        """Have the audio files of a message heard because a command asks for it; if none looks like audio, all files.

        They are heard in the background. While this process is ending, people are told so instead.

        Args:
            message: the message a menu was used on, or one made of a command's file.
            deliver: makes the delivery of each note's answer.
            prompt: the command's own, if it has one.
            wanted: what is asked instead of that or of the prompt in force.
            asked_by: the person.
            private: whether only the person who asked sees the answers.
            attachment_id: the file that is meant, if it is not all of them.

        Raises:
            Gone: the file that is meant is not there.
        """
        notes = [
            dataclasses.replace(note, private=private, asked_by=asked_by)
            for note in await self._maker.of(
                message, intake.asked_for(message), command=prompt, wanted=wanted
            )
            if attachment_id in {None, note.attachment.id}
        ]
        if not notes:
            raise errors.Gone("the file is not among those that are heard")
        deliveries = [deliver(note) for note in notes]
        if self._closing:
            await asyncio.gather(*map(_tell_restart, [note.locale for note in notes], deliveries))
            return
        for note, delivery in zip(notes, in_order(deliveries), strict=True):
            self._keep(asyncio.create_task(self._answer(note, delivery)), note.locale, delivery)

    async def run(self, work: Callable[[], Awaitable[reply.Reply]], locale: str, delivery: Deliver) -> None:
        """Do in the background what is more than to answer the notes of a message, and deliver what it comes to.

        At the end of this run it is waited for like a note in hand; whoever waits for what is not done by then is told.

        Args:
            work: what to do. If it fails, the sentence for its error is delivered.
            locale: the language of whoever asked, by Discord's tag.
            delivery: where the result goes.
        """
        if self._closing:
            await _tell_restart(locale, delivery)
            return
        [ordered] = in_order([delivery])
        self._keep(asyncio.create_task(_do(work, locale, ordered)), locale, ordered)

    async def hear(self, message: SeenMessage, attachment: Attachment, *, asked_by: int) -> tuple[str, bool]:
        """Have one file of a message heard as notes are there, for a command that shows it in a way of its own.

        Args:
            message: in which it is.
            attachment: the file.
            asked_by: the person, who pays.

        Returns:
            What the model says, and True; or the sentence that says why it says nothing, and False.
        """
        [note] = await self._maker.of(message, (attachment,))
        kept = _Kept()
        private = dataclasses.replace(note, private=True, asked_by=asked_by)
        state = await self._pipeline.answer(private, kept, NoCheckpoints())
        return kept.text, state is State.POSTED

    async def close(self, seconds: float) -> None:
        """Wait so long for the answers in hand; cancel the rest, and tell those people that the bot restarts."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        late = dict(self._tasks)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_TELLING_SECONDS)
        for _, delivery in late.values():
            delivery.done.set()  # No answer waits for one that will not come.
        telling = [asyncio.create_task(_tell_restart(*of)) for of in late.values()]
        if telling:
            await asyncio.wait(telling, timeout=_TELLING_SECONDS)
        if untold := [task for task in telling if not task.done() or task.cancelled() or task.exception()]:
            log.warning("not told of the restart", commands=len(untold))

    def _keep(self, task: asyncio.Task[None], locale: str, delivery: OrderedDelivery) -> None:
        self._tasks[task] = locale, delivery
        task.add_done_callback(lambda task: self._tasks.pop(task, None))

    async def _answer(self, note: VoiceNote, delivery: OrderedDelivery) -> None:
        try:
            await self._pipeline.answer(note, delivery, NoCheckpoints())
        finally:
            delivery.done.set()


async def _do(work: Callable[[], Awaitable[reply.Reply]], locale: str, delivery: OrderedDelivery) -> None:
    try:
        try:
            final = await work()
        except Exception as error:  # nobody is met with silence, whatever it was
            expected = isinstance(error, errors.EarshotError)
            log.warning("a command failed", error=type(error).__name__, exc_info=None if expected else error)
            final = reply.explained(error, words=reply.words_for(locale))
        with contextlib.suppress(errors.CommandExpired, errors.AnswerRefused):
            # It was tried to tell them, by all ways there are.
            await delivery.finish(final)
    finally:
        delivery.done.set()


async def _tell_restart(locale: str, delivery: Deliver) -> None:
    await delivery.finish(reply.restarting(reply.words_for(locale)))


class _Kept:
    """Takes a note's answer for whoever shows it in a way of their own."""

    def __init__(self) -> None:
        self.text = ""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Do nothing: whoever waits for the answer shows that."""
        return contextlib.nullcontext()

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
        """Do nothing: the whole answer is waited for."""

    async def finish(self, final: reply.Reply) -> None:
        """Keep the whole answer."""
        self.text = final.file_text or "\n".join(final.pages)

    async def withdraw(self) -> None:
        """Do nothing: nothing is shown."""
