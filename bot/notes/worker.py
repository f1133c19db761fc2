"""Works on the notes of one message: side by side, answered in order, with every step written into the ledger."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import structlog

from bot import asks, errors, reply, retry
from bot.models import Claim, State
from bot.notes.dispatch import SoleHold
from bot.notes.ending import log_end
from bot.notes.ordering import OrderedDelivery, in_order
from bot.notes.quarantine import Quarantine
from bot.supervision import to_its_end

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from bot.models import Answer, HeardPart, Posted, VoiceNote
    from bot.notes.dispatch import Hold
    from bot.notes.pipeline import Pipeline
    from bot.notes.protocols import Deliver
    from bot.storage import Ledger

log = structlog.get_logger("earshot.work")

MOST_DECODE_CRASHES = 3
"""A note during whose decoding the process has ended so often is given up."""


class DeliveryFactory(Protocol):
    """Makes the delivery of one note's answer. The Discord client has the only one."""

    def __call__(
        self, claim: Claim, taken: set[int], on_posted: Callable[[Posted], Awaitable[None]]
    ) -> Deliver:
        """A delivery for the note of `claim`.

        Args:
            claim: the note, and what is known of the answer that stands there already.
            taken: ids of messages that are pages of some note of the same message, so that none is taken for a page of
                another. Shared by the deliveries of all these notes; each adds the pages it posts.
            on_posted: to be awaited before and after each page is posted, with all pages that stand by then. It raises
                StoppedError if the note was deleted or claimed by somebody else; then nothing more may be posted.
        """
        ...


class Worker:
    """Finishes what is unfinished of a message.

    Args:
        ledger, pipeline: as they are named.
        deliver: makes the delivery of a note.
        whole: finds out all about a note of which only the ids are known. Raises Gone and Transient.
        patience: seconds for which a note may wait for a server that is away. After that its author is told to try
            again.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        pipeline: Pipeline,
        deliver: DeliveryFactory,
        whole: Callable[[VoiceNote], Awaitable[VoiceNote]],
        patience: float,
    ) -> None:
        self._ledger = ledger
        self._pipeline = pipeline
        self._deliver = deliver
        self._whole = whole
        self._patience = patience
        self._quarantine = Quarantine()
        self._in_hand: dict[int, asyncio.Event] = {}
        """The messages that are being worked on; each with what is set at its end."""
        self._deleted: set[int] = set()

    async def work_on(self, message_id: int, hold: Hold | None = None) -> None:
        """Finish the notes of a message, or postpone them in the ledger. Called by the dispatch, for each job.

        Args:
            message_id: the message's id.
            hold: the hold on the job; None where this process does all jobs.
        """
        hold = hold or SoleHold()
        while begun := self._in_hand.get(message_id):
            # Others were given the job, since this process was away, and put it back: who began here may go on, or have to stop.
            await begun.wait()
        self._in_hand[message_id] = done = asyncio.Event()
        try:
            claims = await self._ledger.claim(message_id, hold.fence)
            whole = [await self._completed(claim, hold) for claim in claims]
            await self._work_on_all(message_id, [claim for claim in whole if claim is not None], hold)
        finally:
            del self._in_hand[message_id]
            self._deleted.discard(message_id)
            done.set()

    async def _completed(self, claim: Claim, hold: Hold) -> Claim | None:
        """A claim with all that is known of its note; None if that can't be told now, or if the recording is gone.

        Whatever was asked in a hurry, right before the end of a process, is known by its ids alone.
        """
        note = claim.note
        if note.attachment.url:
            return claim
        try:
            whole = await self._whole(note)
            await self._ledger.complete(claim, whole)
            return replace(claim, note=whole)
        except errors.StoppedError:
            log.info("stopped: the note was deleted", message=note.message_id)
        except errors.Gone as error:
            with contextlib.suppress(errors.StoppedError):
                await self._ledger.settle(claim, State.FAILED)
            log_end(note, State.FAILED, error=error)
        except errors.Transient as error:
            await self._checkpoints(claim, hold).postpone(error)
        return None

    def deleted(self, message_id: int) -> None:
        """The message was deleted: if work on it is cancelled from now on, that is its end and no interruption."""
        if message_id in self._in_hand:
            self._deleted.add(message_id)

    async def _work_on_all(self, message_id: int, claims: Sequence[Claim], hold: Hold) -> None:
        if not claims:
            return
        taken = {page for claim in claims for page in claim.message_pages}
        deliveries = in_order([self._delivery(claim, taken) for claim in claims])
        work = list(zip(claims, deliveries, strict=True))
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(self._work_on_one(claim, delivery, hold))
            for claim, delivery in work
            if not asks.is_question(claim.note.ask)
        ]
        if questions := [one for one in work if asks.is_question(one[0].note.ask)]:
            tasks.append(asyncio.create_task(self._work_in_turn(questions, hold)))
        try:
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        except asyncio.CancelledError:
            # The tasks are cancelled with us. Each still writes into the ledger that its decoding was interrupted.
            await asyncio.wait(tasks)
            if message_id not in self._deleted:
                raise
            log.info("stopped: the note was deleted", message=message_id)
            for claim, delivery in zip(claims, deliveries, strict=True):
                await delivery.withdraw()
                log_end(claim.note, State.FORGOTTEN)
            return
        for accident in ends:
            if isinstance(accident, BaseException):
                raise accident

    async def _work_in_turn(self, questions: Sequence[tuple[Claim, OrderedDelivery]], hold: Hold) -> None:
        """Answer questions one after the other, in the order in which they were asked: each may be about the one before."""
        try:
            for claim, delivery in questions:
                if not await self._work_on_one(claim, delivery, hold):
                    break
        finally:
            for _, delivery in questions:
                delivery.done.set()

    async def _work_on_one(self, claim: Claim, delivery: OrderedDelivery, hold: Hold) -> bool:
        """Finish what one claim asks for; False if it had to be postponed."""
        checkpoints = self._checkpoints(claim, hold)
        try:
            if claim.decode_crashes >= MOST_DECODE_CRASHES:
                await self._give_up(claim.note, delivery)
                await checkpoints.settled(State.FAILED)
                log_end(claim.note, State.FAILED, error=errors.GivenUp("too many crashes"))
            else:
                await self._pipeline.answer(
                    claim.note,
                    delivery,
                    checkpoints,
                    known=claim.answer,
                    parts=claim.parts,
                    before=claim.before,
                )
        except errors.Transient as error:
            seconds = await checkpoints.postpone(error)
            log.warning("postponed", message=claim.note.message_id, error=str(error), seconds=round(seconds))
            return False
        except errors.ForgottenError:
            await delivery.withdraw()
        except errors.SupersededError:
            log.info("somebody else has taken it over", message=claim.note.message_id)
        finally:
            delivery.done.set()
        return True

    async def _give_up(self, note: VoiceNote, delivery: OrderedDelivery) -> None:
        log.error("given up: decoding it ended the process again and again", message=note.message_id)
        try:
            words = reply.words_for(note.locale)
            given_up = errors.GivenUp("too many crashes")
            await delivery.finish(reply.explained(given_up, reply.title(note), words=words))
        except (errors.Transient, errors.StoppedError):
            raise
        except Exception as error:  # noqa: BLE001 - it is given up, whether or not anybody could be told
            log.warning("nobody could be told", message=note.message_id, error=type(error).__name__)

    def _checkpoints(self, claim: Claim, hold: Hold) -> _LedgerCheckpoints:
        return _LedgerCheckpoints(self._ledger, claim, hold, self._patience, self._quarantine)

    def _delivery(self, claim: Claim, taken: set[int]) -> Deliver:
        async def on_posted(posted: Posted) -> None:
            await self._ledger.posted(claim, posted)

        return self._deliver(claim, taken, on_posted)


class _LedgerCheckpoints:
    """The checkpoints of a note that is in the ledger."""

    stored = True

    def __init__(
        self, ledger: Ledger, claim: Claim, hold: Hold, patience: float, quarantine: Quarantine
    ) -> None:
        self._ledger = ledger
        self._claim = claim
        self._hold = hold
        self._patience = patience
        self._quarantine = quarantine

    @property
    def can_wait(self) -> bool:
        return self._ledger.age(self._claim) < self._patience

    @contextlib.asynccontextmanager
    async def decoding(self) -> AsyncGenerator[None]:
        async with self._quarantine.slot(alone=self._claim.decode_crashes > 0):
            try:
                await self._ledger.decoding_began(self._claim)
                yield
            except asyncio.CancelledError:
                with contextlib.suppress(errors.StoppedError):
                    await to_its_end(self._ledger.decoding_interrupted(self._claim))
                raise
            except Exception:
                # The file was refused, or a decoder process died instead of this one.
                await self._ledger.decoding_ended(self._claim)
                raise
            await self._ledger.decoding_ended(self._claim)

    async def confirm(self) -> None:
        await self._hold.confirm()

    async def heard(self, parts: Sequence[HeardPart]) -> None:
        await self._ledger.heard(self._claim, parts)

    async def answered(self, answer: Answer, seconds: float) -> None:
        await self._ledger.answered(self._claim, answer, seconds)

    async def settled(self, state: State, *, may_pass: bool = False) -> None:
        await self._ledger.settle(self._claim, state, may_pass=may_pass)

    async def postpone(self, error: errors.Transient) -> float:
        """Have the note dispatched again later; in how many seconds."""
        seconds = retry.later(self._ledger.age(self._claim), error)
        with contextlib.suppress(errors.StoppedError):
            await self._ledger.postpone(self._claim, seconds)
        return seconds
