"""The notes that commands ask for. They are not stored, because only this process can answer the interaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import reply
from bot.notes.ordering import OrderedDelivery, in_order
from bot.notes.pipeline import NoCheckpoints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import VoiceNote
    from bot.notes.pipeline import Deliver, Pipeline

log = structlog.get_logger("earshot.commands")

_TELLING_SECONDS = 1.5


class RunningCommands:
    """The commands that are being answered in this process."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._tasks: dict[asyncio.Task[None], tuple[VoiceNote, OrderedDelivery]] = {}
        self._closing = False

    async def start(self, notes: Sequence[VoiceNote], deliveries: Sequence[Deliver]) -> None:
        """Answer a command's notes in the background, each by its delivery.

        While this process is ending, people are told so instead.
        """
        if self._closing:
            await asyncio.gather(*map(_tell_restart, notes, deliveries))
            return
        for note, delivery in zip(notes, in_order(deliveries), strict=True):
            task = asyncio.create_task(self._answer(note, delivery))
            self._tasks[task] = note, delivery
            task.add_done_callback(lambda task: self._tasks.pop(task, None))

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

    async def _answer(self, note: VoiceNote, delivery: OrderedDelivery) -> None:
        try:
            await self._pipeline.answer(note, delivery, NoCheckpoints())
        finally:
            delivery.done.set()


async def _tell_restart(note: VoiceNote, delivery: Deliver) -> None:
    await delivery.finish(reply.restarting(reply.words_for(note.locale)))
