"""Answers: what was sent to the model, what it said, and what that took."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

N = TypeVar("N", int, float)

MOST_TOKENS = 2**31 - 1
"""No answer has more; a count beyond it is a mistake, and would not fit the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A file on disk that can be sent to the model: a whole note, or one part of a long one."""

    path: Path
    format: str
    """As the completion API names it: `wav`, `mp3`, `ogg` ..."""
    seconds: float
    bytes: int
    transcoded: bool
    start: float = 0.0
    """Where it begins in the note, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The tokens an answer took, and its `cost` in the credits of the completion API, where that tells it."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    audio_tokens: int | None = None
    cost: float | None = None


def sum_of(first: Usage | None, second: Usage | None) -> Usage | None:
    """The tokens and cost of two answers together, but never more than the ledger can hold."""
    if first is None or second is None:
        return first or second
    return Usage(
        prompt_tokens=_sum(first.prompt_tokens, second.prompt_tokens, MOST_TOKENS) or 0,
        completion_tokens=_sum(first.completion_tokens, second.completion_tokens, MOST_TOKENS) or 0,
        total_tokens=_sum(first.total_tokens, second.total_tokens, MOST_TOKENS) or 0,
        audio_tokens=_sum(first.audio_tokens, second.audio_tokens, MOST_TOKENS),
        cost=_sum(first.cost, second.cost, sys.float_info.max),
    )


def _sum(first: N | None, second: N | None, most: N) -> N | None:
    if first is None or second is None:
        return first if second is None else second
    return min(first + second, most)


class Ending(Enum):
    """How an answer ended. The ledger keeps these numbers: a new one goes to the end, and none is used again."""

    COMPLETE = 1
    CUT = 2
    """Cut short, at a limit of length or time."""
    FILTERED = 3
    """Stopped by a content filter, after some text."""
    GAPS = 4
    """Complete except for parts of a long recording that a filter or a limit kept back."""
    TRANSCRIPT = 5
    """The transcript of a long recording, because the model gave no answer to the prompt itself."""
    REPETITION = 6
    """Cut off where the model began to say the same again and again: what it repeated is left out."""


class Unheard(Enum):
    """Why the rest of a recording was not heard. The ledger keeps these numbers, as those of `Ending`."""

    UNREADABLE = 1
    """The file is damaged there."""
    TOO_LONG = 2
    """The recording is longer than it said, and than may be heard."""
    OVER_BUDGET = 3
    """It is longer than it said, and than there is left of a budget."""
    SILENT = 4
    """It goes on for longer than a voice could in a file of that size: in silence."""
    UNDECODED = 5
    """Decoding it took more time or memory than there is for one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model said."""

    text: str
    model: str
    ending: Ending = Ending.COMPLETE
    usage: Usage | None = None
    generation_id: str | None = None
    only_first: float | None = None
    """Seconds of the recording that were heard, where it goes on after them."""
    rest: Unheard = Unheard.UNREADABLE
    """Why the rest was not, then."""
    instead_of: str | None = None
    """The model that was to answer, where it is gone and another one was found to answer instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPart:
    """What the model said to one part of a long note: where that begins and how long it is, in seconds, and the answer."""

    start: float
    seconds: float
    answer: Answer


@dataclass(slots=True, kw_only=True)
class Timings:
    """Seconds until each stage was done, from the moment work on the file began; None if the stage was not reached.

    A long note is prepared as soon as its first part is.
    """

    fetch: float | None = None
    prepare: float | None = None
    first_text: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The result of hearing a note: the parts that were sent, the answer, and how long each stage took."""

    parts: tuple[Audio, ...]
    """One, unless the note was too long for one request; none if its transcript stood for it."""
    answer: Answer
    timings: Timings = field(default_factory=Timings)

    @property
    def seconds(self) -> float:
        """The length of the audio that was heard, in seconds."""
        return sum(part.seconds for part in self.parts)
