"""The values that cross the house: frozen, made of ids, numbers and strings. Discord's objects stop before here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from pathlib import Path

N = TypeVar("N", int, float)


class Place(StrEnum):
    """Where a message stands, as far as answering it goes."""

    CHANNEL = auto()
    """A text or announcement channel: a thread can be opened on the message."""
    THREAD = auto()
    """A thread or forum post: answered in place."""
    VOICE = auto()
    """The text chat of a voice or stage channel: Discord opens no threads there."""
    DIRECT = auto()
    """A direct message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on Discord's CDN, as Discord announces it; nothing here is to be trusted but the id."""

    id: int
    filename: str
    size: int
    """Bytes."""
    url: str
    """Signed; expires."""
    content_type: str | None = None
    seconds: float | None = None
    """Duration, where Discord announces one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMessage:
    """A message as intake sees it. A forwarded one carries the attachments of what it forwards."""

    id: int
    channel_id: int
    parent_id: int | None
    """The channel a thread belongs to; None outside threads."""
    guild_id: int | None
    place: Place
    author_id: int
    author_is_bot: bool
    is_voice: bool
    """Discord's flag for a note recorded in the client."""
    attachments: tuple[Attachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What the model is asked, and whose wish that is."""

    text: str
    source: PromptSource


class PromptSource(StrEnum):
    """Where a prompt was set; the earlier in this list, the stronger."""

    COMMAND = auto()
    CHANNEL = auto()
    SERVER = auto()
    DEFAULT = auto()
    """The operator's `PROMPT`, or its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceNote:
    """One audio file someone wants heard, and what is asked of it."""

    message_id: int
    channel_id: int
    guild_id: int | None
    place: Place
    author_id: int
    attachment: Attachment
    prompt: Prompt
    voice: bool = False
    """Recorded in Discord, so that its file's name says nothing."""
    titled: bool = False
    """Whether the answer names its file, because the message carries several."""

    @property
    def home_id(self) -> int:
        """The server; for a direct message, its author: whose notes take turns with whose."""
        return self.guild_id if self.guild_id is not None else self.author_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A file on disk, fit to be sent to the model: a note, or one part of a long one."""

    path: Path
    format: str
    """As the completion API names it: `wav`, `mp3`, `ogg` ..."""
    seconds: float
    bytes: int
    transcoded: bool
    start: float = 0.0
    """Seconds into the note."""
    cut_short: bool = False
    """The note goes on after it, but the rest of the file could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an answer was counted at. `cost` is in the gateway's own credits, where it tells."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    audio_tokens: int | None = None
    cost: float | None = None


def sum_of(first: Usage | None, second: Usage | None) -> Usage | None:
    """What two answers were counted at together."""
    if first is None or second is None:
        return first or second
    return Usage(
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
        total_tokens=first.total_tokens + second.total_tokens,
        audio_tokens=_sum(first.audio_tokens, second.audio_tokens),
        cost=_sum(first.cost, second.cost),
    )


def _sum(first: N | None, second: N | None) -> N | None:
    if first is None or second is None:
        return first if second is None else second
    return first + second


class Ending(Enum):
    """How an answer ended."""

    COMPLETE = auto()
    CUT = auto()
    """At the model's length limit."""
    FILTERED = auto()
    """By a content filter, after some text."""
    GAPS = auto()
    """Complete, but for parts of the recording that a filter or a limit kept back."""
    TRANSCRIPT = auto()
    """What was asked for could not be had: this is the transcript instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the model said."""

    text: str
    model: str
    ending: Ending = Ending.COMPLETE
    usage: Usage | None = None
    generation_id: str | None = None
    only_first: float | None = None
    """Seconds of the recording that could be read, where it goes on after them."""


@dataclass(slots=True, kw_only=True)
class Timings:
    """Seconds from the note's arrival until each stage was done; None where it was not reached."""

    fetch: float | None = None
    prepare: float | None = None
    first_text: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A note that came through: its parts as they were sent, the answer, and how long it took."""

    parts: tuple[Audio, ...]
    """One, if it is not a long one."""
    answer: Answer
    timings: Timings = field(default_factory=Timings)

    @property
    def seconds(self) -> float:
        """Of audio."""
        return sum(part.seconds for part in self.parts)


class State(StrEnum):
    """How far a note is. The first two are unfinished; from each there is only the way down."""

    RECEIVED = auto()
    ANSWERED = auto()
    """The model's answer is whole and kept, until it is posted."""
    POSTED = auto()
    REFUSED = auto()
    """The person was told what they can do."""
    FAILED = auto()
    """The person was told that it did not work, where that was possible."""
    FORGOTTEN = auto()
    """The note was deleted, and everything about it."""

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self not in {State.RECEIVED, State.ANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where an answer stands: the channel or thread, and the messages in it that are its pages."""

    channel_id: int
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A note as the ledger has it when work on it begins."""

    note: VoiceNote
    answer: Answer | None = None
    """Whole, from a former attempt that could not post it any more."""
    posted: Posted | None = None
    """What a former attempt has posted, as far as it is known."""
    cut_off: int = 0
    """How often its process has ended while it was decoded."""
    turn: int = 0
    """Who works on it: the ledger hears only the one who began last."""
    received_at: float = 0.0
    """When it was taken in, in seconds since 1970."""

    @property
    def resumed(self) -> bool:
        """Whether somebody worked on it before."""
        return self.turn > 1 or self.answer is not None or self.posted is not None
