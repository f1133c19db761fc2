"""Reckons up to which message a shard has seen everything; `storage/watermarks` stores it. Pure."""

from __future__ import annotations

from collections import Counter


class Watermark:
    """One shard's watermark: the id of a message up to which all were seen.

    It follows the newest message, but not past a message that is still being taken in, nor past the beginning of a
    gap: a stretch of time whose messages have to be looked for in the history.

    Args:
        message_id: the watermark as the last run has left it.
    """

    def __init__(self, message_id: int) -> None:
        self._newest = message_id
        self._in_hand: Counter[int] = Counter()
        self._gaps: dict[int, int] = {}
        self._last_gap = 0

    def began(self, message_id: int) -> None:
        """A message is being taken in."""
        self._in_hand[message_id] += 1

    def ended(self, message_id: int) -> None:
        """A message was taken in: if it has notes, they are in the ledger."""
        self.seen(message_id)
        self._in_hand[message_id] -= 1
        if self._in_hand[message_id] <= 0:
            del self._in_hand[message_id]

    def seen(self, message_id: int) -> None:
        """All messages up to this one were seen, except in gaps."""
        self._newest = max(self._newest, message_id)

    def open_gap(self, *, margin: int = 0) -> int:
        """From the watermark on, or `margin` ids before it, messages may have been missed; a number to close it by."""
        self._last_gap += 1
        self._gaps[self._last_gap] = max(0, self.value() - margin)
        return self._last_gap

    def begin_of(self, gap: int) -> int:
        """The message after which a gap begins."""
        return self._gaps[gap]

    def close_gap(self, gap: int) -> None:
        """The messages of a gap were looked for, or nobody will ever look for them."""
        self._gaps.pop(gap, None)

    def value(self, floor: int = 0) -> int:
        """The watermark. Gaps that began before `floor` count from there: nobody looks further back."""
        before_those_in_hand = [message_id - 1 for message_id in self._in_hand]
        begins_of_gaps = [max(begin, floor) for begin in self._gaps.values()]
        return min([self._newest, *before_those_in_hand, *begins_of_gaps])
