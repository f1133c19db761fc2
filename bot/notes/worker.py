"""Working on the notes of a message: side by side, told in order, each step in the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Protocol

import structlog

from bot import errors, reply, retry
from bot.models import Case, State
from bot.notes.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from bot.models import Answer, Posted, VoiceNote
    from bot.notes.pipeline import Deliver, Pipeline
    from bot.storage import Ledger

log = structlog.get_logger("earshot.work")

MOST_CUT_OFF = 3
"""A note that has ended its process so often is given up."""


class DeliverCase(Protocol):
    """Makes the delivery of a note whose pages are written down as they are posted."""

    def __call__(self, case: Case, siblings: Sequence[Case], record: Record) -> Deliver:
        """Siblings are all cases of the message: their pages are not this note's."""
        ...


class Record(Protocol):
    """Writes down where an answer stands."""

    async def __call__(self, posted: Posted) -> None:
        """Raises StoppedError where this worker has nothing to post any more."""
        ...


class Work:
    """Does what is unfinished of a message.

    Args:
        ledger, pipeline: as they are named.
        deliver: makes the delivery of a note.
        patience: seconds for which a note waits for a server that is away, before its author is told to try again.
    """

    def __init__(self, *, ledger: Ledger, pipeline: Pipeline, deliver: DeliverCase, patience: float) -> None:
        self._ledger = ledger
        self._pipeline = pipeline
        self._deliver = deliver
        self._patience = patience
        self._quarantine = Quarantine()
        self._in_hand: set[int] = set()
        self._deleted: set[int] = set()

    async def on(self, message_id: int) -> None:
        """Finish a message's notes, or leave them for later: the ledger knows until when."""
        if message_id in self._in_hand:
            return
        self._in_hand.add(message_id)
        try:
            await self._all(message_id, await self._ledger.begin(message_id))
        finally:
            self._in_hand.discard(message_id)
            self._deleted.discard(message_id)

    def deleted(self, message_id: int) -> None:
        """The message was deleted: a cancellation of its work is then an end, not an interruption."""
        if message_id in self._in_hand:
            self._deleted.add(message_id)

    async def _all(self, message_id: int, cases: Sequence[Case]) -> None:
        if not cases:
            return
        turns = in_turn(cases, lambda case: self._delivery(case, cases))
        tasks = [asyncio.create_task(self._one(case, turn)) for case, turn in zip(cases, turns, strict=True)]
        try:
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError:
            # They are cancelled, too, and say so in the ledger.
            await asyncio.wait(tasks)
            if message_id not in self._deleted:
                raise
            log.info("stopped: the note was deleted", message=message_id)
            for turn in turns:
                await turn.withdraw()
            return
        for accident in ends:
            if accident is not None:
                raise accident

    async def _one(self, case: Case, turn: InTurn) -> None:
        journal = _InLedger(self._ledger, case, self._patience, self._quarantine)
        try:
            if case.cut_off >= MOST_CUT_OFF:
                await self._give_up(case.note, turn)
                await journal.settled(State.FAILED)
            else:
                await self._pipeline.answer(case, turn, journal)
        except errors.Transient as error:
            seconds = await journal.left(error)
            log.warning(
                "left for later", message=case.note.message_id, error=str(error), seconds=round(seconds)
            )
        except errors.ForgottenError:
            await turn.withdraw()
        except errors.SupersededError:
            log.info("somebody else has taken it over", message=case.note.message_id)
        finally:
            turn.done.set()

    async def _give_up(self, note: VoiceNote, turn: InTurn) -> None:
        log.error("given up: it ended its process again and again", message=note.message_id)
        try:
            await turn.finish(reply.explained(errors.GivenUp("too many attempts"), reply.title(note)))
        except (errors.Transient, errors.StoppedError):
            raise
        except Exception as error:  # noqa: BLE001 - it is given up, whoever could be told
            log.warning("nobody could be told", message=note.message_id, error=type(error).__name__)

    def _delivery(self, case: Case, cases: Sequence[Case]) -> Deliver:
        async def record(posted: Posted) -> None:
            await self._ledger.posted(case, posted)

        return self._deliver(case, cases, record)


class _InLedger:
    """The journal of a note that is in the ledger."""

    def __init__(self, ledger: Ledger, case: Case, patience: float, quarantine: Quarantine) -> None:
        self._ledger = ledger
        self._case = case
        self._patience = patience
        self._quarantine = quarantine

    @property
    def can_wait(self) -> bool:
        return self._ledger.age(self._case) < self._patience

    @contextlib.asynccontextmanager
    async def decoding(self) -> AsyncGenerator[None]:
        async with self._quarantine.place(alone=self._case.cut_off > 0):
            try:
                await self._ledger.decoding(self._case)
                yield
            except asyncio.CancelledError:
                with contextlib.suppress(errors.StoppedError):
                    await asyncio.shield(self._ledger.decoded(self._case, survived=False))
                raise
            except Exception:
                # A refusal, or a decoder that died in our place.
                await self._ledger.decoded(self._case, survived=True)
                raise
            await self._ledger.decoded(self._case, survived=True)

    async def answered(self, answer: Answer, seconds: float) -> None:
        await self._ledger.answered(self._case, answer, seconds)

    async def settled(self, state: State) -> None:
        await self._ledger.settle(self._case, state)

    async def left(self, error: errors.Transient) -> float:
        """Leave the note for later; how many seconds later."""
        seconds = retry.later(self._ledger.age(self._case), error)
        with contextlib.suppress(errors.StoppedError):
            await self._ledger.later(self._case, seconds)
        return seconds


def in_turn(cases: Sequence[Case], deliver: Callable[[Case], Deliver]) -> list[InTurn]:
    """A delivery for each note of a message, each after the one before it."""
    turns: list[InTurn] = []
    for case in cases:
        turns.append(InTurn(deliver(case), turns[-1].done if turns else None))
    return turns


class InTurn:
    """Delivers after the notes before it in the same message: heard side by side, answered in order."""

    def __init__(self, deliver: Deliver, before: asyncio.Event | None) -> None:
        self._deliver = deliver
        self._before = before
        self.done = asyncio.Event()
        """Whether the next may speak."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """As the delivery does."""
        return self._deliver.working()

    async def grow(self, pages: tuple[str, ...]) -> None:
        """Show the answer so far, if it is its turn."""
        if self._before is None or self._before.is_set():
            await self._deliver.grow(pages)

    async def finish(self, final: reply.Reply) -> None:
        """Show what the note came to, when its turn has come."""
        if self._before is not None:
            await self._before.wait()
        await self._deliver.finish(final)

    async def withdraw(self) -> None:
        """Take back what was shown."""
        await self._deliver.withdraw()
