"""Takes a note from its link to its answer: fetch, hear, deliver.

It ends in an answer, or in a sentence that says why there is none, unless it is postponed or deleted.
"""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import structlog

from bot import errors, reply
from bot.asks import LISTENED, OFFERED
from bot.audio import working_folder
from bot.budgets import Entry, Whose
from bot.completion import Asker
from bot.errors import ForgottenError, StoppedError
from bot.models import Before, State
from bot.notes import conversation
from bot.notes.ending import log_end
from bot.reply import Growth

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.audio import Fetcher
    from bot.models import Answer, Heard, HeardPart, VoiceNote
    from bot.notes.hearing import Hearing
    from bot.notes.notices import Notices
    from bot.notes.offers import Offers
    from bot.notes.protocols import Checkpoints, Deliver, Memory
    from bot.policy import Account, Charge, Gate
    from bot.reply import Controls, Reply
    from bot.storage import Told

log = structlog.get_logger("earshot.note")


@dataclasses.dataclass(frozen=True, slots=True)
class _Earlier:
    """What is known from earlier attempts at a note, and of its recording from what else was asked about it."""

    answer: Answer | None
    parts: tuple[HeardPart, ...]
    before: Before


class Pipeline:
    """Joins the stages.

    Args:
        gate: every note passes it before anything of it is downloaded.
        account: pays for what is heard.
        told: what people were told once.
        controls: what is offered under answers.
        offers: the presets of servers.
        notices: which answers say where recordings go.
        fetcher, hearing: the stages.
        memory: what was said about notes before.
        folder: where files live while they are worked on.
        part_seconds: a recording longer than this is not heard again where its transcript stands already.
        at_once: how many notes are heard at the same time.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        account: Account,
        told: Told,
        controls: Controls,
        offers: Offers,
        notices: Notices,
        fetcher: Fetcher,
        hearing: Hearing,
        memory: Memory,
        folder: Path,
        part_seconds: float,
        at_once: int,
    ) -> None:
        self._gate = gate
        self._account = account
        self._told = told
        self._controls = controls
        self._offers = offers
        self._notices = notices
        self._fetcher = fetcher
        self._hearing = hearing
        self._memory = memory
        self._folder = folder
        self._part_seconds = part_seconds
        self._slots = asyncio.Semaphore(at_once)

    async def answer(
        self,
        note: VoiceNote,
        deliver: Deliver,
        checkpoints: Checkpoints,
        *,
        known: Answer | None = None,
        parts: Sequence[HeardPart] = (),
        before: Before | None = None,
    ) -> State:
        """Answer a note; the state it ends in. If something goes wrong, that is told where the answer would have gone.

        Args:
            note: what to hear.
            deliver: posts the answer.
            checkpoints: told of each step.
            known: the answer, if it is known from an earlier attempt that could not post it.
            parts: what is known of a long note from an earlier attempt that came to no answer.
            before: what is known of the recording from what was asked about it before.

        Raises:
            Transient: a server is away, and the note can wait for it.
            SupersededError: somebody else works on the note.
        """
        if note.ask == OFFERED:
            return await self._offer(note, deliver, checkpoints)
        earlier = _Earlier(known, tuple(parts), before or Before())
        return await self._answer(note, deliver, checkpoints, earlier)

    async def _answer(
        self,
        note: VoiceNote,
        deliver: Deliver,
        checkpoints: Checkpoints,
        earlier: _Earlier,
    ) -> State:
        heading, words = reply.title(note), reply.words_for(note.locale)
        heard, error, began = None, None, self._hearing.now
        try:
            try:
                answer = earlier.answer
                if answer is None:
                    voices = await self._admit(note)
                    # The slot is free again before this answer waits for those it has to come after.
                    async with (
                        self._slots,
                        self._charge(note, checkpoints, earlier) as charge,
                        deliver.working(),
                        Growth(
                            lambda text: deliver.grow(reply.growing(text, heading), reply.topic_of(text))
                        ) as growth,
                    ):
                        heard = await self._hear(
                            note, growth.update, checkpoints, earlier, charge, voices=voices
                        )
                        answer = heard.answer
                        # First what it cost: if the process ends in between, that is counted, and not lost.
                        await charge.settle()
                        await checkpoints.answered(answer, heard.seconds)
                final = await self._answered(note, answer, earlier.before, heard)
                state = State.POSTED
            except StoppedError:
                raise
            except (errors.OverBudget, *errors.UNWELCOME) as problem:
                if await self._is_no_news(note, problem):
                    await checkpoints.settled(State.REFUSED)
                    log_end(note, State.REFUSED, error=problem)
                    return State.REFUSED
                final, state, error = self._explained(note, problem), State.REFUSED, problem
            except Exception as problem:  # nobody is met with silence, whatever it was
                if isinstance(problem, errors.Transient) and checkpoints.can_wait:
                    await _show(deliver, reply.waiting(problem, heading, words=words))
                    raise
                final, state, error = self._explained(note, problem), _state(problem), problem
            try:
                await deliver.finish(final)
                await checkpoints.settled(state, may_pass=error is not None and reply.may_pass(error))
            except (StoppedError, errors.Transient):
                raise
            except Exception as problem:  # noqa: BLE001 - likewise
                state, error = _undelivered(problem), problem
                await checkpoints.settled(state)
        except ForgottenError:
            state = State.FORGOTTEN
            await deliver.withdraw()
        log_end(note, state, heard=heard, error=error, seconds=self._hearing.now - began)
        return state

    async def _offer(self, note: VoiceNote, deliver: Deliver, checkpoints: Checkpoints) -> State:
        """Put a button below a note that is answered only when somebody asks for it. As `answer`, otherwise."""
        words, state, error = reply.words_for(note.locale), State.POSTED, None
        buttons = self._controls.under_offer(note, words)
        try:
            try:
                await self._admit(note)
                await deliver.finish(dataclasses.replace(reply.offered(note, words), buttons=buttons))
            except errors.Refused as problem:
                # Whoever asks for the answer is told why there is none.
                state, error = State.REFUSED, problem
            await checkpoints.settled(state)
        except ForgottenError:
            state = State.FORGOTTEN
            await deliver.withdraw()
        log_end(note, state, error=error)
        return state

    async def _answered(self, note: VoiceNote, answer: Answer, before: Before, heard: Heard | None) -> Reply:
        words = reply.words_for(note.locale)
        final = reply.finished(
            answer,
            reply.title(note),
            words=words,
            footer=note.manner.footer,
            seconds=note.attachment.seconds if heard is None else heard.seconds,
            notice=await self._notices.line(note, words),
        )
        if not note.manner.buttons and not note.private:
            return final
        own = await self._offers.own(note.guild_id)
        buttons = self._controls.under_answer(note, before, words, whole=final.stands_alone, own=own)
        return dataclasses.replace(final, buttons=buttons)

    def _explained(self, note: VoiceNote, problem: Exception) -> Reply:
        words = reply.words_for(note.locale)
        final = reply.explained(problem, reply.title(note), words=words)
        return dataclasses.replace(final, buttons=self._controls.under_failure(note, problem, words))

    async def _is_no_news(self, note: VoiceNote, problem: errors.Refused) -> bool:
        """Whether nothing is said of a refusal: where nobody has asked, and it was said already."""
        if not _asks_for_itself(note):
            return False
        if not isinstance(problem, errors.OverBudget):
            # Who posts what nobody wants to be heard need not be told so at every recording.
            return True
        return not await self._told.first(_over(note, problem), note.message_id)

    async def _admit(self, note: VoiceNote) -> frozenset[int]:
        """Have a note pass the gate; who may be the one that speaks in it."""
        speaker_id = await self._memory.speaker_of(note.origin) if note.origin is not None else None
        await self._gate.admit(note, speaker_id, roles_of=self._memory.roles_of)
        return frozenset({note.author_id} if speaker_id is None else {note.author_id, speaker_id})

    async def _still_wanted(self, note: VoiceNote, checkpoints: Checkpoints, voices: frozenset[int]) -> None:
        """See that nobody who speaks in a note has opted out since it was admitted: more of it would be sent otherwise."""
        try:
            for person_id in voices:
                await self._gate.admit_voice(person_id, asked_by=note.person_id)
        except errors.OptedOut:
            if not _asks_for_itself(note):
                raise
            # Nobody has asked, so nobody is told; what is shown of it already goes, as if it were deleted.
            await checkpoints.settled(State.FORGOTTEN)
            raise ForgottenError from None

    def _charge(
        self, note: VoiceNote, checkpoints: Checkpoints, earlier: _Earlier
    ) -> AbstractAsyncContextManager[Charge]:
        """What is paid for a note, reserved by what Discord says of it."""
        entry = Entry(
            guild_id=note.guild_id,
            channel_id=note.channel_id,
            speaker_id=note.author_id,
            asked_by=note.person_id,
            ask=note.ask,
            message_id=note.message_id,
            attachment_id=note.attachment.id,
            stored=checkpoints.stored,
        )
        seconds = None if self._is_read(earlier.before) else note.attachment.seconds
        if seconds is not None:
            # What was heard and paid in an earlier attempt is not sent again.
            seconds -= sum(part.seconds for part in earlier.parts)
        return self._account.charge(entry, seconds, confirm=checkpoints.confirm)

    def _is_read(self, before: Before) -> bool:
        """Whether a transcript that stands already is put to the model instead of a long recording, if it can be read."""
        return before.transcript is not None and (before.seconds or 0) > self._part_seconds

    async def _hear(
        self,
        note: VoiceNote,
        on_text: Callable[[str], None],
        checkpoints: Checkpoints,
        earlier: _Earlier,
        charge: Charge,
        *,
        voices: frozenset[int],
    ) -> Heard:
        began, words, before = self._hearing.now, reply.words_for(note.locale), earlier.before
        asker = Asker(person_id=note.person_id, model=note.manner.model)
        transcript = None
        if before.transcript is not None and self._is_read(before):
            transcript = await self._memory.text_of(note, before.transcript)
        prompt, turns = note.prompt.text, None
        if note.question is not None:
            said = await self._memory.said_about(note)
            # What stands for the recording need not be told a second time.
            told_already = before.transcript.pages if before.transcript and transcript else ()
            prompt, turns = conversation.turns(said, note.question.message_id, without=told_already)
        if transcript is not None:
            return await self._hearing.read(
                transcript, prompt, asker=asker, on_text=on_text, meter=charge, turns=turns
            )

        async def heard(parts: Sequence[HeardPart]) -> None:
            # First what it cost, as with a whole answer.
            await charge.settle_so_far()
            await self._still_wanted(note, checkpoints, voices)
            await checkpoints.heard(parts)

        with working_folder(self._folder) as folder:
            source = folder / "source"
            await self._fetcher.fetch(note, source)
            return await self._hearing.hear(
                source,
                prompt,
                asker=asker,
                words=words,
                on_text=on_text,
                began=began,
                meter=charge,
                decoding=checkpoints.decoding,
                known=earlier.parts,
                on_part=heard,
                turns=turns,
                most_seconds=await self._gate.longest(note),
            )


async def _show(deliver: Deliver, pages: tuple[str, ...]) -> None:
    try:
        await deliver.grow(pages)
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - the note itself is in no danger
        log.warning("not told that it takes longer", error=type(error).__name__)


def _asks_for_itself(note: VoiceNote) -> bool:
    return note.ask in {LISTENED, OFFERED} and not note.private and not note.loose and note.asked_by is None


def _over(note: VoiceNote, problem: errors.OverBudget) -> str:
    """Under what name it is written down that people were told of a budget that is used up: once for each, in each period."""
    # A server may allow a person less than they have elsewhere.
    owner = f"{note.person_id}:{note.home_id}" if problem.whose is Whose.PERSON else note.home_id
    return f"over:{problem.whose}:{owner}:{problem.period}:{problem.opens_at:.0f}"


def _state(error: Exception) -> State:
    return State.REFUSED if isinstance(error, errors.Refused) else State.FAILED


def _undelivered(error: Exception) -> State:
    return State.FORGOTTEN if isinstance(error, errors.Gone) else State.FAILED
