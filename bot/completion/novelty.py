"""Drops what a chunk repeats: some gateways send the whole answer again at its end, or all there is so far each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.completion.chunks import Chunk
    from bot.completion.thoughts import VisibleText

_SAME = 80
"""Characters that nobody says twice by chance."""
_SAME_AT_END = 20
"""The same where the second time comes together with the reason for the end, or after it."""
_MOST_KEPT = 1_000_000
"""Characters by which a text is known again."""


class Novelty:
    """Tells which part of each chunk's text is new. `Draft` calls `of` once for each chunk, in order.

    All that has come is remembered, thoughts included, to be known again.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._by_message = False
        """Whether the pieces come as messages."""
        self._cumulative = False
        """Whether each of those messages says all there is so far."""

    def of(self, chunk: Chunk, *, visible: VisibleText, at_end: bool) -> str:
        """What a chunk adds to all before it.

        Args:
            chunk: the next one.
            visible: what has come of the answer, without thoughts.
            at_end: whether the reason for the answer's end has come before.
        """
        text = self._new(chunk, visible, at_end=at_end or chunk.finish is not None)
        if text:
            self._length += len(text)
            if self._length <= _MOST_KEPT:
                self._parts.append(text)
        return text

    def _new(self, chunk: Chunk, visible: VisibleText, *, at_end: bool) -> str:
        text = chunk.text
        if not text or not self._length:
            self._by_message = chunk.whole
            return text
        if chunk.whole and not self._by_message:
            so_far = self._so_far()
            return text[len(so_far) :] if text.startswith(so_far) else ""
        # What is much shorter than all of it can't be all of it: so the rest is done a few times in an answer only.
        if 2 * len(text) < min(self._length, visible.length or self._length):
            return text
        so_far = self._so_far()
        if chunk.whole and text.startswith(so_far) and (len(text) > len(so_far) or self._cumulative):
            self._cumulative = True
            return text[len(so_far) :]
        enough = _SAME_AT_END if at_end else _SAME
        if text.startswith(so_far) and len(so_far) >= enough:
            return text[len(so_far) :]
        if _letters(text) in (_letters(so_far), _letters(visible.text)):
            again = len(text) >= enough or (at_end and text == so_far)
            text = "" if again else text
        return text

    def _so_far(self) -> str:
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""


def _letters(text: str) -> str:
    """`text` without white space, which gateways tidy up on the way."""
    return "".join(text.split())
