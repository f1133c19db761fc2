"""Listens to one file with the model: at once or, if it is long, part by part while the rest is still being decoded."""

from __future__ import annotations

import asyncio
import dataclasses
import math
from typing import TYPE_CHECKING

import structlog

from bot import errors, prompts, reply
from bot.models import Answer, Ending, HeardPart, Unheard, sum_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from bot.audio import Preparation
    from bot.budgets import Meter
    from bot.completion import Asker, Completion
    from bot.models import Audio, Turn
    from bot.reply import Words

log = structlog.get_logger("earshot.listening")

PARTS_AT_ONCE = 2
"""Of one long note. One would take too long; many would make a single lecture the endpoint's whole day."""
_ENOUGH: dict[type[errors.EarshotError], Unheard] = {
    errors.TooLong: Unheard.TOO_LONG,
    errors.OverBudget: Unheard.OVER_BUDGET,
    errors.DecoderFailed: Unheard.UNDECODED,
}
"""What ends a long note behind parts that were sent, and leaves those worth having."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a recording, and who is told how it goes."""

    prompt: str
    turns: tuple[Turn, ...] | None
    """What was said since, where `prompt` begins a conversation about the recording."""
    asker: Asker
    words: Words
    on_text: Callable[[str], None]
    """Called with all the text of the answer there is so far."""
    on_progress: Callable[[str], None]
    """Called with a sentence on how far it is, where there is no text of an answer yet."""
    on_part: Callable[[Sequence[HeardPart]], Awaitable[None]] | None
    """Awaited after each part that was heard, with all that are known then."""
    meter: Meter
    most_seconds: float
    """A longer recording is not sent anywhere."""

    @property
    def for_transcript(self) -> bool:
        """Whether the transcripts of a long recording's parts are what is asked for."""
        return self.turns is None and prompts.wants_transcript(self.prompt)


class Listening:
    """Listens to one file, if need be more than once: what was heard is not asked for again.

    Args:
        completion: asks the model.
        wish: what it is asked.
        known: parts that were heard in an earlier attempt.
    """

    def __init__(self, completion: Completion, wish: Wish, known: Iterable[HeardPart]) -> None:
        self._completion = completion
        self._wish = wish
        self._known = {(part.start, part.seconds): part.answer for part in known}
        self._slots = asyncio.Semaphore(PARTS_AT_ONCE)
        self._saving = asyncio.Lock()
        self.parts: list[Audio] = []
        """All that were there to be sent, so far."""
        self.several = False
        """Whether the file is too long for one request. What is answered is its transcript, then."""

    async def to(
        self,
        preparing: AbstractAsyncContextManager[Preparation],
        decoding: AbstractAsyncContextManager[None],
        on_prepared: Callable[[], None],
    ) -> Answer:
        """What the model says.

        Args:
            preparing: a context in which the file is prepared.
            decoding: another, open around that.
            on_prepared: called when there is something to send.

        Raises:
            EarshotError: whatever kept the answer away.
        """
        self.parts = []
        self._transcript = _Transcript(self._known)
        self._charged = _Charged(self._wish.meter, self._known)
        try:
            async with asyncio.TaskGroup() as group, decoding, preparing as preparation:
                rest = await self._all(preparation, group, on_prepared)
        except ExceptionGroup as trouble:
            # One part's end is the end of all; those that were heard are known the next time.
            raise trouble.exceptions[0] from None
        answer = self._transcript.answer() if self.several else await self._at_once(self.parts[0])
        if rest is not None:
            end = self.parts[-1].start + self.parts[-1].seconds
            return dataclasses.replace(answer, only_first=end, rest=rest)
        if preparation.rest is not None:
            return dataclasses.replace(answer, only_first=preparation.seconds, rest=preparation.rest)
        return answer

    async def _all(
        self, preparation: Preparation, group: asyncio.TaskGroup, on_prepared: Callable[[], None]
    ) -> Unheard | None:
        """Have each part heard as soon as it is there, or the only one be there; why not to the end, if so."""
        try:
            async for part in preparation:
                if not self.parts:
                    on_prepared()
                await self._take(part, preparation, group)
        except tuple(_ENOUGH) as error:
            if not self.parts:
                raise
            # What was heard up to there is paid for, and worth having.
            log.warning("not heard to the end", error=error.kind)
            return _ENOUGH[type(error)]
        return None

    async def _take(self, part: Audio, preparation: Preparation, group: asyncio.TaskGroup) -> None:
        if preparation.seconds > self._wish.most_seconds:
            raise errors.TooLong(limit=self._wish.most_seconds, seconds=preparation.seconds)
        self.several = preparation.several
        await self._charged.about_to_send(part, preparation.seconds)
        self.parts.append(part)
        if not self.several:
            return
        if self._transcript.add(part):
            group.create_task(self._one(len(self.parts) - 1, part, preparation))
        else:
            self._show(preparation)

    async def _at_once(self, part: Audio) -> Answer:
        return await self._completion.listen(
            part,
            self._wish.prompt,
            asker=self._wish.asker,
            on_text=self._wish.on_text,
            meter=self._wish.meter,
            turns=self._wish.turns,
        )

    async def _one(self, index: int, part: Audio, preparation: Preparation) -> None:
        def grew(text: str) -> None:
            self._transcript.texts[index] = text
            self._show(preparation)

        # A slot is free again when what was heard in it is written down: no more than these can be lost.
        async with self._slots:
            try:
                answer: _End = await self._completion.listen(
                    part,
                    prompts.of_part(index + 1, self._wish.prompt),
                    asker=self._wish.asker,
                    on_text=grew,
                    meter=self._wish.meter,
                )
            except (errors.NoAnswer, errors.ModelRefused) as error:
                answer = error
            self._charged.ended(part)
            self._transcript.answers[index] = answer
            self._show(preparation)
            if isinstance(answer, Answer):
                self._known[part.start, part.seconds] = answer
                await self._save()

    async def _save(self) -> None:
        if self._wish.on_part is None:
            return
        async with self._saving:
            await self._wish.on_part(
                [
                    HeardPart(start=start, seconds=seconds, answer=answer)
                    for (start, seconds), answer in sorted(self._known.items(), key=lambda item: item[0])
                ]
            )

    def _show(self, preparation: Preparation) -> None:
        if self._wish.for_transcript:
            self._wish.on_text(self._transcript.so_far)
        elif preparation.ended:
            # Before, nobody knows of how many parts.
            self._wish.on_progress(reply.progress(self._transcript.done, len(self.parts), self._wish.words))


class _Charged:
    """Tells the meter before more is sent than it was told of."""

    def __init__(self, meter: Meter, known: dict[tuple[float, float], Answer]) -> None:
        self._meter = meter
        self._known = dict(known)
        self._told = -math.inf
        self._sent = 0.0
        self._ended = 0.0

    async def about_to_send(self, part: Audio, known_seconds: float) -> None:
        """That part, of a note that has at least so many seconds; the others will follow."""
        if (part.start, part.seconds) not in self._known:
            self._sent += part.seconds
        wanted = max(self._sent, known_seconds - sum(seconds for _, seconds in self._known))
        if wanted > self._told:
            await self._meter.about_to_send(wanted - self._ended)
            self._told = wanted

    def ended(self, part: Audio) -> None:
        """It was paid for."""
        self._ended += part.seconds


_End = Answer | errors.NoAnswer | errors.ModelRefused
"""How a part ended."""


class _Transcript:
    """The texts of a recording's parts, in order, as far as they have come."""

    def __init__(self, known: dict[tuple[float, float], Answer]) -> None:
        self._known = known
        self.texts: list[str] = []
        self.answers: list[_End | None] = []

    def add(self, part: Audio) -> bool:
        """The next part is there; whether it has to be heard."""
        answer = self._known.get((part.start, part.seconds))
        self.texts.append("")
        self.answers.append(answer)
        return answer is None

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
