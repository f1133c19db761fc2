"""Asks the model about a file on disk: at once or, if it is long, part by part."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import math
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import structlog

from bot import errors, prompts, reply
from bot.audio import working_folder
from bot.models import Answer, Ending, Heard, Timings, sum_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.audio import Decoders
    from bot.budgets import Meter
    from bot.completion import Asker, Completion
    from bot.models import Audio, Turn
    from bot.reply import Words

log = structlog.get_logger("earshot.hearing")

PARTS_AT_ONCE = 2
"""Of one long note. One would take too long; many would make a single lecture the endpoint's whole day."""
PartAnswers = dict[tuple[float, float], Answer]
"""Answers to the parts of a long note, by where each part begins and how long it is, in seconds."""


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
        known: PartAnswers | None = None,
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
            known: answers to parts of a long file, from an earlier attempt: those are not asked for again. New ones are
                added.
            turns: what was said since, where `prompt` begins a conversation about the recording.
            most_seconds: a longer recording is not sent anywhere.

        Raises:
            EarshotError: whatever kept the answer away.
        """
        timings = Timings(fetch=self._clock() - began)
        first = self._timed(on_text, timings, began)
        ask = functools.partial(
            self._answer,
            prompt=prompt,
            turns=turns,
            asker=asker,
            words=words,
            on_text=first,
            on_progress=on_text,
            meter=meter,
            known={} if known is None else known,
        )
        with working_folder(self._folder) as folder:
            async with decoding():
                parts = await self._decoders.prepare(source, folder)
            timings.prepare = self._clock() - began
            if (seconds := sum(part.seconds for part in parts)) > most_seconds:
                raise errors.TooLong(limit=most_seconds, seconds=seconds)
            try:
                answer = await ask(parts)
            except errors.RequestTooLarge:
                # The endpoint takes less than we were told: once more, at a quarter of the size.
                parts = await self._smaller(source, folder, max(part.bytes for part in parts) // 4)
                answer = await ask(parts)
        if parts[-1].cut_short:
            answer = dataclasses.replace(answer, only_first=parts[-1].start + parts[-1].seconds)
        timings.total = self._clock() - began
        return Heard(parts=parts, answer=answer, timings=timings)

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

    async def _smaller(self, source: Path, folder: Path, most_bytes: int) -> tuple[Audio, ...]:
        try:
            return await self._decoders.prepare(source, folder, most_bytes=most_bytes)
        except errors.TooLong as error:
            # The length is within what we take: it is the endpoint that takes less.
            raise errors.RequestTooLarge from error

    async def _answer(
        self,
        parts: Sequence[Audio],
        *,
        prompt: str,
        turns: tuple[Turn, ...] | None,
        asker: Asker,
        words: Words,
        on_text: Callable[[str], None],
        on_progress: Callable[[str], None],
        meter: Meter,
        known: PartAnswers,
    ) -> Answer:
        if len(parts) == 1:
            await meter.about_to_send(parts[0].seconds)
            return await self._completion.listen(
                parts[0], prompt, asker=asker, on_text=on_text, meter=meter, turns=turns
            )
        as_asked = turns is None and prompts.wants_transcript(prompt)
        transcript = _Transcript(parts, known)
        await meter.about_to_send(sum(parts[index].seconds for index in transcript.missing))

        def show() -> None:
            if as_asked:
                on_text(transcript.so_far)
            else:
                on_progress(reply.progress(transcript.done, len(parts), words))

        await self._transcribe(parts, prompt, asker, transcript, show=show, meter=meter)
        whole = transcript.answer()
        if as_asked:
            return whole
        try:
            heard = await self.read(
                whole.text, prompt, asker=asker, on_text=on_text, meter=meter, turns=turns
            )
            answer = heard.answer
        except (errors.Refused, errors.Fault) as error:
            # What was heard is worth more than an error: it may be too much for the model, or against its rules.
            log.warning("no answer to a transcript", error=error.kind)
            return dataclasses.replace(whole, ending=Ending.TRANSCRIPT)
        # An answer to a transcript with gaps lacks something, too.
        ending = whole.ending if answer.ending is Ending.COMPLETE else answer.ending
        return dataclasses.replace(answer, ending=ending, usage=sum_of(whole.usage, answer.usage))

    async def _transcribe(
        self,
        parts: Sequence[Audio],
        prompt: str,
        asker: Asker,
        transcript: _Transcript,
        *,
        show: Callable[[], None],
        meter: Meter,
    ) -> None:
        slots = asyncio.Semaphore(PARTS_AT_ONCE)

        async def one(index: int) -> None:
            def grew(text: str) -> None:
                transcript.texts[index] = text
                show()

            async with slots:
                try:
                    answer: _End = await self._completion.listen(
                        parts[index],
                        prompts.of_part(index + 1, len(parts), prompt),
                        asker=asker,
                        on_text=grew,
                        meter=meter,
                    )
                except (errors.NoAnswer, errors.ModelRefused) as error:
                    answer = error
            transcript.end(index, answer)
            show()

        try:
            async with asyncio.TaskGroup() as group:
                for index in transcript.missing:
                    group.create_task(one(index))
        except ExceptionGroup as trouble:
            # One part's end is the end of all; those that were heard are known the next time.
            raise trouble.exceptions[0] from None


_End = Answer | errors.NoAnswer | errors.ModelRefused
"""How a part ended."""


class _Transcript:
    """The texts of a recording's parts, in order, as far as they have come."""

    def __init__(self, parts: Sequence[Audio], known: PartAnswers) -> None:
        self._parts = [(part.start, part.seconds) for part in parts]
        self._known = known
        self.texts = [""] * len(parts)
        self.answers: list[_End | None] = [known.get(part) for part in self._parts]

    @property
    def missing(self) -> list[int]:
        """The parts nothing is known of yet."""
        return [index for index, answer in enumerate(self.answers) if answer is None]

    def end(self, index: int, answer: _End) -> None:
        """A part was heard to its end."""
        self.answers[index] = answer
        if isinstance(answer, Answer):
            self._known[self._parts[index]] = answer

    @property
    def done(self) -> int:
        """How many parts were heard to their end."""
        return sum(answer is not None for answer in self.answers)

    @property
    def so_far(self) -> str:
        """What stands without a gap: all parts that are done from the first on, and what there is of the next."""
        texts: list[str] = []
        for text, answer in zip(self.texts, self.answers, strict=True):
            texts.append(text if answer is None else _text(answer))
            if answer is None:
                break
        return _joined(texts)

    def answer(self) -> Answer:
        """The whole.

        Raises:
            NoAnswer, ModelRefused: no part of it came to anything.
        """
        told = [answer for answer in self.answers if isinstance(answer, Answer)]
        refused = [error for error in self.answers if isinstance(error, errors.ModelRefused)]
        if not told:
            raise refused[0] if refused else errors.NoAnswer
        cut = {answer.ending for answer in told} - {Ending.COMPLETE}
        usage = None
        for answer in told:
            usage = sum_of(usage, answer.usage)
        return dataclasses.replace(
            told[0],
            text=_joined([_text(answer) for answer in self.answers]),
            ending=Ending.GAPS if refused or cut else Ending.COMPLETE,
            usage=usage,
        )


def _text(answer: Answer | Exception | None) -> str:
    if isinstance(answer, Answer):
        return answer.text if answer.ending is Ending.COMPLETE else f"{answer.text.rstrip()} {reply.GAP}"
    return reply.GAP if isinstance(answer, errors.ModelRefused) else ""


def _joined(texts: Sequence[str]) -> str:
    return "\n\n".join(filter(None, map(str.strip, texts)))
