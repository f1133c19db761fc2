"""An answer as it comes in: collected piece by piece, and cut back to where a model can go on with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from bot import errors
from bot.completion import stream, wire
from bot.models import Answer, Ending, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_CHARACTERS = 1_000_000
"""Of one answer: a model caught in a loop must not fill the memory."""
_ENDINGS = {"length": Ending.CUT, "content_filter": Ending.FILTERED}
_SENTENCE_END = re.compile(r"[.!?…।؟]+[\"'”’»)\]]*[^\S\n]+|[。！？]|\n")
"""With the space after it: a point at the very end may be that of 3.14, and no end at all."""
_LOOK_BACK = 2000
"""Characters in which a sentence should end."""
_LONGEST_WORD = 100
"""Characters in which a word should begin, where words have spaces between them."""
_SAME = 80
"""Characters that nobody says twice by chance."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """An answer as far as it has come."""

    model: str
    generation_id: str | None
    text: str = ""
    refused: bool = False
    reason: str | None = None
    usage: Usage | None = None
    before: str = ""
    """What had come before the model was asked to go on."""
    full: bool = False
    """Whether no more is taken, whatever the model would still say."""

    async def read(self, response: aiohttp.ClientResponse, on_text: Callable[[str], None]) -> None:
        """Read an answer to its end, streamed or whole: some servers ignore `stream`.

        Raises:
            EarshotError: it broke off, told of an error, or held no text.
        """
        ended = False
        try:
            async for data in stream.values(response):
                if data is stream.END:
                    ended = True
                    break
                piece = wire.read_piece(data)
                room = self._take(piece)
                if piece.text:
                    on_text(self.whole)
                if not room:
                    break
        except aiohttp.ClientError:
            # After the last word only the count of tokens was still to come.
            if self.reason is None:
                raise
        # Some servers leave out the reason, others the end; an answer without either may lack its second half.
        heard_out = ended and (self.text.strip() or self.refused)
        if self.reason is None and not (heard_out or self.full):
            raise errors.EndpointBusy("the stream broke off")
        if not self.text.strip():
            raise self._no_text()

    def _take(self, piece: wire.Piece) -> bool:
        """Add what has come; whether there is room for more."""
        room = MOST_CHARACTERS - len(self.before)
        self.text = (self.text + piece.text)[:room]
        self.refused = self.refused or bool(piece.refusal)
        self.reason = piece.finish_reason or self.reason
        self.usage = piece.usage or self.usage
        self.model = piece.model or self.model
        self.generation_id = self.generation_id or piece.generation_id
        self.full = len(self.text) == room
        return not self.full

    @property
    def whole(self) -> str:
        """All the text there is."""
        if not self.before:
            return self.text
        # At the beginning of a line spaces mean something, to code and to lists in lists.
        return self.before + self.text.lstrip("\n" if self.before.endswith("\n") else None)

    @property
    def stopped_early(self) -> bool:
        """Whether the model reached its own limit of length, and may go on if it is asked to."""
        return self.reason == "length" and not self.full

    @property
    def repeats(self) -> bool:
        """Whether the model began anew instead of going on, or is caught in a loop."""
        beginning = self.text.lstrip()[:_SAME]
        return len(beginning) == _SAME and beginning in self.before

    def answer(self, *, unless_told: Ending = Ending.COMPLETE) -> Answer:
        """What it came to; `unless_told` is how it ended where no reason came."""
        ending = unless_told if self.reason is None else _ENDINGS.get(self.reason, Ending.COMPLETE)
        return Answer(
            text=_whole_characters(self.whole),
            model=self.model,
            ending=Ending.CUT if self.full else ending,
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
        if self.refused or self.reason == "content_filter":
            return errors.ModelRefused(self.reason or "refusal")
        if self.reason == "length":
            return errors.RequestRefused(
                "the model used up its tokens before it wrote anything: raise MAX_TOKENS"
            )
        return errors.NoSpeech()


def _whole_characters(text: str) -> str:
    """`text` with characters that came as two halves put together; a half alone becomes a replacement sign."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
