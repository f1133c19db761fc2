"""An answer as it comes in: collected piece by piece, and cut back to where a model can go on with it."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp

from bot import errors
from bot.completion import repetition, stream
from bot.completion.blank import says_nothing, without_end_marks
from bot.completion.chunks import read_chunk
from bot.completion.novelty import Novelty
from bot.completion.reasons import Finish
from bot.completion.thoughts import VisibleText
from bot.models import Answer, Ending, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.completion.chunks import Chunk

MOST_CHARACTERS = 1_000_000
"""Of one answer: a model caught in a loop must not fill the memory."""
_ENDINGS = {Finish.LENGTH: Ending.CUT, Finish.FILTER: Ending.FILTERED}
_SENTENCE_END = re.compile(r"[.!?…।؟]+[\"'”’»)\]]*[^\S\n]+|[。！？]|\n")
"""With the space after it: a point at the very end may be that of 3.14, and no end at all."""
_LOOK_BACK = 2000
"""Characters in which a sentence should end."""
_LONGEST_WORD = 100
"""Characters in which a word should begin, where words have spaces between them."""
_SAME = 80
"""Characters that nobody says twice by chance."""
_TOLD_AT_ONCE = 2_000
"""Up to so many characters, each piece is told as it comes."""
_TOLD_SHARE = 50
"""Beyond that the text is told when it has grown by this part of itself, so that all the telling stays linear."""
_LOOP_EVERY = 512
_NUMBERED_LOOP_EVERY = 8_192
"""Characters after which a loop is looked for."""
_REASON_PAUSE = 2.0
"""Seconds for which the count of tokens is waited for when the reason has come; some servers then send nothing more."""
_PATIENT_PAUSE = 10.0
"""The same where the reason came with the very first piece: some servers give one with every piece."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """One response of the API, collected while it comes in. A new one is made for each request."""

    model: str
    generation_id: str | None
    before: str = ""
    """What had come before the model was asked to go on."""
    finish: Finish | None = None
    """Why it ended, if text has not gone on after that."""
    refused: bool = False
    usage: Usage | None = None
    full: bool = False
    """Whether no more is taken, whatever the model would still say."""
    loops: bool = False
    """Whether the model was caught in a loop; `whole` ends where that began."""
    _visible: VisibleText = field(default_factory=VisibleText)
    _pieces: int = 0
    """How many pieces of text have come, thoughts included."""
    _novelty: Novelty = field(default_factory=Novelty)
    _about_answer: bool = False
    _reason_with_first: bool = False
    """Whether the reason came with the first piece of text."""
    _early_reason: bool = False
    """Whether text went on after a reason, so that this server's reasons prove nothing."""
    _told_length: int = 0
    _looked_at: int = 0
    _looked_at_numbered: int = 0

    async def read(
        self,
        response: aiohttp.ClientResponse,
        on_text: Callable[[str], None],
        *,
        reason_pause: float = _REASON_PAUSE,
    ) -> None:
        """Read an answer to its end, streamed or whole: some servers ignore `stream`.

        Args:
            response: whose status is 200.
            on_text: called with all of the answer so far, as it grows.
            reason_pause: seconds after the reason in which the rest has to come.

        Raises:
            EarshotError: it broke off, told of a failure, or held no text.
        """
        ended, pause = False, asyncio.timeout(None)
        try:
            async with pause, aclosing(stream.values(response)) as values:
                async for data in values:
                    if data is stream.END:
                        ended = True
                        break
                    self.add(read_chunk(data))
                    self._tell(on_text)
                    if self.full or self.loops:
                        break
                    if not self._may_be_over():
                        pause.reschedule(None)
                    elif pause.when() is None:
                        pause.reschedule(asyncio.get_running_loop().time() + self._patience(reason_pause))
        except (aiohttp.ClientError, TimeoutError):
            # After the last word only the count of tokens was still to come.
            if not pause.expired() and not self._reason_proves_end():
                raise
        self.end()
        if not (self.full or self.loops):
            self._check_end(ended=ended)
        self._tell(on_text, last=True)

    def add(self, chunk: Chunk) -> None:
        """Take what a chunk says."""
        text = self._novelty.of(chunk, visible=self._visible, at_end=self.finish is not None)
        if text.strip() and self.finish is not None:
            self.finish, self._early_reason = None, True
        if chunk.finish is not None:
            self._reason_with_first = chunk.finish is Finish.STOP and not self._pieces
            self.finish = chunk.finish
        if text:
            self._pieces += 1
            room = MOST_CHARACTERS - len(self.before) - self._visible.length
            self._visible.add(text[: room + 1])
            self.full = self._visible.length >= MOST_CHARACTERS - len(self.before)
            self.loops = self.loops or self._is_loop()
        self.refused = self.refused or bool(chunk.refusal)
        self.usage = chunk.usage or self.usage
        self.model = chunk.model or self.model
        self.generation_id = self.generation_id or chunk.generation_id
        self._about_answer = self._about_answer or chunk.choice

    def _is_loop(self) -> bool:
        length = self._visible.length
        if length < self._looked_at:
            # What was looked at has turned out to be a thought.
            self._looked_at = self._looked_at_numbered = 0
        if length - self._looked_at >= _LOOP_EVERY:
            self._looked_at = length
            if repetition.period_of(self._visible.tail(repetition.LOOK_BACK)) is not None:
                return True
        if length - self._looked_at_numbered >= _NUMBERED_LOOP_EVERY:
            self._looked_at_numbered = length
            return repetition.is_numbered_loop(self._visible.tail(repetition.LOOK_BACK))
        return False

    def _may_be_over(self) -> bool:
        """Whether a reason came that nothing has contradicted yet."""
        return self.finish is not None and not self._early_reason and self._pieces > 0

    def _patience(self, reason_pause: float) -> float:
        """Seconds in which the rest has to come."""
        return reason_pause * (_PATIENT_PAUSE / _REASON_PAUSE if self._reason_with_first else 1)

    def _reason_proves_end(self) -> bool:
        """Whether a connection that broke broke after the end."""
        if self.finish is None or self._early_reason:
            return False
        return not self._reason_with_first or self.usage is not None

    def end(self) -> None:
        """No more comes of it, for whatever reason."""
        self._visible.end()
        if self.finish is Finish.LENGTH:
            recent = self._visible.tail(repetition.LOOK_BACK)
            self.loops = self.loops or repetition.period_of(recent, at_limit=True) is not None

    def interrupt(self) -> None:
        """No more is read of it: the time is up. A reason that proves no end is none."""
        self.end()
        if not self._reason_proves_end():
            self.finish = None

    def _check_end(self, *, ended: bool) -> None:
        """Some servers leave out the reason, others the end; an answer without either may lack its second half.

        Raises:
            EarshotError: it isn't whole, or it says nothing.
        """
        silent = not self.says_something
        heard_out = ended and (not silent or self.refused or self._about_answer)
        if self.finish is None and not heard_out:
            raise errors.EndpointBusy("the stream broke off")
        if silent:
            raise self._no_text()

    def _tell(self, on_text: Callable[[str], None], *, last: bool = False) -> None:
        length = self._visible.length
        if length == self._told_length:
            return
        grown = length - self._told_length
        # Shorter than before: what was told has turned out to be a thought.
        whole = len(self.before) + length
        if last or grown < 0 or whole <= _TOLD_AT_ONCE or grown * _TOLD_SHARE >= whole:
            self._told_length = length
            if not says_nothing(self._visible.tail(_TOLD_AT_ONCE)):
                on_text(self.whole)

    @property
    def text(self) -> str:
        """What this draft adds to what had come before."""
        return repetition.without_loop(self._visible.text) if self.loops else self._visible.text

    @property
    def whole(self) -> str:
        """All the text there is, with characters that came as two halves put together."""
        text = self.text[: MOST_CHARACTERS - len(self.before)]
        if self.before:
            # At the beginning of a line spaces mean something, to code and to lists in lists.
            text = self.before + text.lstrip("\n" if self.before.endswith("\n") else None)
        return _whole_characters(text)

    @property
    def says_something(self) -> bool:
        """Whether there is anything to read in it."""
        return not says_nothing(self._visible.text)

    @property
    def is_paid(self) -> bool:
        """Whether it has to be paid for: it says so, or something was written, if only a thought. A failure alone is not."""
        return self.usage is not None or self._pieces > 0

    @property
    def stopped_early(self) -> bool:
        """Whether the model reached its own limit of length, and may go on if it is asked to."""
        return self.finish is Finish.LENGTH and not self.full and not self.loops

    @property
    def repeats(self) -> bool:
        """Whether the model began anew instead of going on."""
        beginning = self.text.lstrip()[:_SAME]
        return len(beginning) == _SAME and beginning in self.before

    def answer(self, *, unless_told: Ending = Ending.COMPLETE) -> Answer:
        """What it came to; `unless_told` is how it ended where no reason came."""
        ending = unless_told if self.finish is None else _ENDINGS.get(self.finish, Ending.COMPLETE)
        if self.full:
            ending = Ending.CUT
        if self.loops:
            ending = Ending.REPETITION
        return Answer(
            text=without_end_marks(self.whole),
            model=self.model,
            ending=ending,
            usage=self.usage,
            generation_id=self.generation_id,
        )

    def resumable(self) -> str:
        """The text up to the end of its last sentence, or of its last word: so that nothing is joined inside a word.

        It never ends before this draft began: a model that is asked for the same once more comes no further.
        """
        text, begun = self.whole, len(self.before)
        ends = [match.end() for match in _SENTENCE_END.finditer(text, max(begun, len(text) - _LOOK_BACK))]
        end = ends[-1] if ends else text.rfind(" ", max(begun, len(text) - _LONGEST_WORD)) + 1
        return text[:end] if text[:end].strip() else text

    def _no_text(self) -> errors.EarshotError:
        if self.refused or self.finish is Finish.FILTER:
            return errors.ModelRefused("refusal" if self.refused else "content filter")
        if self.finish is Finish.LENGTH:
            return errors.RequestRefused(
                "the model used up its tokens before it wrote anything: raise MAX_TOKENS"
            )
        return errors.NoAnswer()


def _whole_characters(text: str) -> str:
    """`text` with characters that came as two halves put together; a half alone becomes a replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
