"""A note's way: fetch, prepare, listen, deliver, in that order. Every note ends in an answer or a sentence."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

import structlog

from bot import errors, reply
from bot.audio import working_folder
from bot.errors import ForgottenError, StoppedError
from bot.models import State
from bot.reply import Growth

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.audio import Fetcher
    from bot.models import Answer, Case, Heard, VoiceNote
    from bot.notes.hearing import Hearing, Known

log = structlog.get_logger("earshot.note")


_MOST_KNOWN = 64
"""Long notes whose parts are remembered while they wait for a server."""


class Deliver(Protocol):
    """Where a note's answer goes. Threads, interactions and the command line each have theirs."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """While open, the note is being worked on: show that something is happening."""
        ...

    async def grow(self, pages: tuple[str, ...]) -> None:
        """Show the answer so far."""
        ...

    async def finish(self, final: reply.Reply) -> None:
        """Show what the note came to; the last call.

        Raises:
            Transient: it could not be shown now, but may be later.
            EarshotError: it cannot be shown.
        """
        ...

    async def withdraw(self) -> None:
        """Take back what was shown: the note was deleted."""
        ...


class Journal(Protocol):
    """Keeps how far a note is: in the ledger, or, for what ends with this run anyway, nowhere.

    Each call raises StoppedError where the note was deleted meanwhile, or is in somebody else's hands.
    """

    @property
    def can_wait(self) -> bool:
        """Whether the note may be left for later: then a server that is away now is no end to it."""
        ...

    def decoding(self) -> AbstractAsyncContextManager[None]:
        """While open, the file is decoded."""
        ...

    async def answered(self, answer: Answer, seconds: float) -> None:
        """The answer to `seconds` of audio is whole."""
        ...

    async def settled(self, state: State) -> None:
        """The note is finished."""
        ...


class Unwritten:
    """The journal of a command: nothing of it is kept."""

    can_wait = False

    def decoding(self) -> AbstractAsyncContextManager[None]:
        """Not kept."""
        return nullcontext()

    async def answered(self, answer: Answer, seconds: float) -> None:
        """Not kept."""

    async def settled(self, state: State) -> None:
        """Not kept."""


class Pipeline:
    """The stages, joined.

    Args:
        fetcher, hearing: the stages.
        folder: where files live while they are worked on.
        max_seconds: the longest note, by what Discord announces, before anything is downloaded.
        at_once: notes heard at the same time.
    """

    def __init__(
        self,
        *,
        fetcher: Fetcher,
        hearing: Hearing,
        folder: Path,
        max_seconds: float,
        at_once: int,
    ) -> None:
        self._fetcher = fetcher
        self._hearing = hearing
        self._folder = folder
        self._max_seconds = max_seconds
        self._places = asyncio.Semaphore(at_once)
        self._known: dict[int, Known] = {}

    async def answer(self, case: Case, deliver: Deliver, journal: Journal) -> State:
        """Take a note all the way; what it came to. What goes wrong is told where the answer would have gone.

        Raises:
            Transient: a server is away, and the note can wait for it. What is done so far is in the journal.
            SupersededError: somebody else works on the note.
        """
        note, heading = case.note, reply.title(case.note)
        heard, error, began = None, None, self._hearing.now
        try:
            try:
                answer = case.answer
                if answer is None:
                    # The place is given back before the answer's turn to be delivered may have to be waited for.
                    async with (
                        self._places,
                        deliver.working(),
                        Growth(lambda text: deliver.grow(reply.growing(text, heading))) as growth,
                    ):
                        heard = await self._hear(note, growth.update, journal)
                        answer = heard.answer
                        await journal.answered(answer, heard.seconds)
                final, state = reply.finished(answer, heading), State.POSTED
            except StoppedError:
                raise
            except Exception as problem:  # nobody is met with silence, whatever it was
                if isinstance(problem, errors.Transient) and journal.can_wait:
                    await _show(deliver, reply.waiting(problem, heading))
                    raise
                final, state, error = reply.explained(problem, heading), _state(problem), problem
            try:
                await deliver.finish(final)
                await journal.settled(state)
            except (StoppedError, errors.Transient):
                raise
            except Exception as problem:  # noqa: BLE001 - likewise
                state, error = _undelivered(problem), problem
                await journal.settled(state)
        except ForgottenError:
            state = State.FORGOTTEN
            await deliver.withdraw()
        _log(note, state, heard, error, self._hearing.now - began)
        return state

    async def _hear(self, note: VoiceNote, on_text: Callable[[str], None], journal: Journal) -> Heard:
        if note.attachment.seconds is not None and note.attachment.seconds > self._max_seconds:
            raise errors.TooLong(limit=self._max_seconds, seconds=note.attachment.seconds)
        began = self._hearing.now
        known = self._known.pop(note.attachment.id, {})
        try:
            with working_folder(self._folder) as folder:
                source = folder / "source"
                await self._fetcher.fetch(note, source)
                return await self._hearing.hear(
                    source,
                    note.prompt.text,
                    author_id=note.author_id,
                    on_text=on_text,
                    began=began,
                    decoding=journal.decoding,
                    known=known,
                )
        except errors.Transient:
            if known and journal.can_wait:
                # In memory alone: what people said is not written down before it is an answer.
                self._known[note.attachment.id] = known
                while len(self._known) > _MOST_KNOWN:
                    self._known.pop(next(iter(self._known)))
            raise


async def _show(deliver: Deliver, pages: tuple[str, ...]) -> None:
    try:
        await deliver.grow(pages)
    except StoppedError:
        raise
    except Exception as error:  # noqa: BLE001 - the note itself is in no danger
        log.warning("not told that it takes longer", error=type(error).__name__)


def _state(error: Exception) -> State:
    return State.REFUSED if isinstance(error, errors.Refused) else State.FAILED


def _undelivered(error: Exception) -> State:
    return State.FORGOTTEN if isinstance(error, errors.Gone) else State.FAILED


def _log(note: VoiceNote, state: State, heard: Heard | None, error: Exception | None, seconds: float) -> None:
    """The one line a note ends in, with the same fields whatever happened; never what was said or asked."""
    usage = heard.answer.usage if heard else None
    write = log.error if state is State.FAILED else log.info
    write(
        "note",
        outcome=state.value,
        message=note.message_id,
        attachment=note.attachment.id,
        guild=note.guild_id,
        seconds=round(heard.seconds, 1) if heard else None,
        format=heard.parts[0].format if heard else None,
        parts=len(heard.parts) if heard else None,
        transcoded=heard.parts[0].transcoded if heard else None,
        model=heard.answer.model if heard else None,
        tokens=usage.total_tokens if usage else None,
        cost=usage.cost if usage else None,
        generation=heard.answer.generation_id if heard else None,
        first_text=_rounded(heard.timings.first_text) if heard else None,
        total=_rounded(seconds),
        error=_described(error),
        exc_info=error if error is not None and not isinstance(error, errors.EarshotError) else None,
    )


def _described(error: Exception | None) -> str | None:
    if error is None:
        return None
    return f"{error.kind}: {error}" if isinstance(error, errors.EarshotError) else type(error).__name__


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
