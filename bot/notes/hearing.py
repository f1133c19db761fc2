"""Asks the model about a file on disk; if that is long, about its transcript."""

from __future__ import annotations

import dataclasses
import math
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import structlog

from bot import errors, prompts
from bot.audio import working_folder
from bot.models import Ending, Heard, Timings, sum_of
from bot.notes.listening import Listening, Wish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.audio import Decoders
    from bot.budgets import Meter
    from bot.completion import Asker, Completion
    from bot.models import Answer, HeardPart, Turn
    from bot.reply import Words

log = structlog.get_logger("earshot.hearing")


class Hearing:
    """Prepares files and asks the model about them. The pipeline and the command line use it.

    Args:
        decoders, completion: the stages.
        folder: where files live while they are worked on.
        clock: gives seconds, monotonic.
    """

    def __init__(
        self,
        *,
        decoders: Decoders,
        completion: Completion,
        folder: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._decoders = decoders
        self._completion = completion
        self._folder = folder
        self._clock = clock

    @property
    def now(self) -> float:
        """The clock, in seconds."""
        return self._clock()

    async def hear(
        self,
        source: Path,
        prompt: str,
        *,
        asker: Asker,
        words: Words,
        on_text: Callable[[str], None],
        began: float,
        meter: Meter,
        decoding: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
        known: Sequence[HeardPart] = (),
        on_part: Callable[[Sequence[HeardPart]], Awaitable[None]] | None = None,
        turns: tuple[Turn, ...] | None = None,
        most_seconds: float = math.inf,
    ) -> Heard:
        """The model's answer to a file on disk.

        Args:
            source: the file, in whatever format.
            prompt: what the model is asked.
            asker: who is answered, and by which model.
            words: the language in which it is said how far the work has come.
            on_text: called with all the text there is so far, each time there is more.
            began: when work on the file began, by this object's clock.
            meter: told how much is about to be sent, and what had to be paid for.
            decoding: makes a context that is open while the file is decoded.
            known: answers to parts of a long file, from an earlier attempt: those are not asked for again.
            on_part: awaited after each part of a long file that was heard, with all that are known then.
            turns: what was said since, where `prompt` begins a conversation about the recording.
            most_seconds: a longer recording is not sent anywhere.

        Raises:
            EarshotError: whatever kept the answer away.
        """
        timings = Timings(fetch=self._clock() - began)
        wish = Wish(
            prompt=prompt,
            turns=turns,
            asker=asker,
            words=words,
            on_text=self._timed(on_text, timings, began),
            on_progress=on_text,
            on_part=on_part,
            meter=meter,
            most_seconds=most_seconds,
        )
        listening = Listening(self._completion, wish, known)

        def prepared() -> None:
            timings.prepare = self._clock() - began

        with working_folder(self._folder) as folder:
            try:
                answer = await listening.to(self._decoders.preparing(source, folder), decoding(), prepared)
            except errors.RequestTooLarge:
                # The endpoint takes less than we were told: once more, at a quarter of the size.
                most_bytes = max(part.bytes for part in listening.parts) // 4
                with working_folder(folder) as smaller:
                    preparing = self._decoders.preparing(source, smaller, most_bytes=most_bytes)
                    try:
                        answer = await listening.to(preparing, decoding(), prepared)
                    except errors.TooLong as error:
                        # The length is within what we take: it is the endpoint that takes less.
                        raise errors.RequestTooLarge from error
        if listening.several and not wish.for_transcript:
            answer = await self._about(answer, wish)
        timings.total = self._clock() - began
        return Heard(parts=tuple(listening.parts), answer=answer, timings=timings)

    async def read(
        self,
        transcript: str,
        prompt: str,
        *,
        asker: Asker,
        on_text: Callable[[str], None],
        meter: Meter,
        turns: tuple[Turn, ...] | None = None,
    ) -> Heard:
        """The model's answer about the transcript of a recording, which stands for it; otherwise as `hear`."""
        began, timings = self._clock(), Timings(fetch=0.0, prepare=0.0)
        first = self._timed(on_text, timings, began)
        whole = prompts.about(prompt, transcript) if turns is None else prompts.instead(prompt, transcript)
        answer = await self._completion.ask(whole, asker=asker, on_text=first, meter=meter, turns=turns)
        timings.total = self._clock() - began
        return Heard(parts=(), answer=answer, timings=timings)

    def _timed(self, on_text: Callable[[str], None], timings: Timings, began: float) -> Callable[[str], None]:
        """`on_text`, and the time of the first text is kept."""

        def first(text: str) -> None:
            if timings.first_text is None:
                timings.first_text = self._clock() - began
            on_text(text)

        return first

    async def _about(self, whole: Answer, wish: Wish) -> Answer:
        """The answer to what is wanted of a recording, by its transcript."""
        try:
            heard = await self.read(
                whole.text,
                wish.prompt,
                asker=wish.asker,
                on_text=wish.on_text,
                meter=wish.meter,
                turns=wish.turns,
            )
            answer = heard.answer
        except (errors.Refused, errors.Fault) as error:
            # What was heard is worth more than an error: it may be too much for the model, or against its rules.
            log.warning("no answer to a transcript", error=error.kind)
            return dataclasses.replace(whole, ending=Ending.TRANSCRIPT)
        # An answer to a transcript with gaps lacks something, too.
        ending = whole.ending if answer.ending is Ending.COMPLETE else answer.ending
        return dataclasses.replace(
            answer,
            ending=ending,
            usage=sum_of(whole.usage, answer.usage),
            only_first=whole.only_first,
            rest=whole.rest,
        )
