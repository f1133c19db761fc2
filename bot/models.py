"""The values every room passes on: ids, numbers, strings and paths. No object of discord.py is among them."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, TypeVar

from bot.asks import LISTENED

if TYPE_CHECKING:
    from pathlib import Path

N = TypeVar("N", int, float)

MOST_TOKENS = 2**31 - 1
"""No answer has more; a count beyond it is a mistake, and would not fit the ledger."""


class ChannelKind(StrEnum):
    """What kind of channel a message is in. That decides where its answer can go."""

    TEXT = auto()
    """A text or announcement channel: a thread can be opened on the message."""
    THREAD = auto()
    """A thread or forum post: answered in place."""
    VOICE = auto()
    """The text chat of a voice or stage channel: Discord opens no threads there."""
    DIRECT = auto()
    """A direct message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on Discord's CDN as Discord describes it. Only the id can be relied on: the rest may be wrong or missing."""

    id: int
    filename: str
    size: int
    """Bytes."""
    url: str
    """Signed; expires."""
    content_type: str | None = None
    seconds: float | None = None
    """Duration, where Discord announces one."""
    title: str | None = None
    """The name its author gave it, without ending, where `filename` is not that: Discord keeps Latin letters alone there."""

    @property
    def name(self) -> str:
        """What people call the file: its title, with the ending of `filename`."""
        title = " ".join((self.title or "").split())
        _, dot, ending = self.filename.rpartition(".")
        if not title or not dot or not ending or title.lower().endswith(f".{ending.lower()}"):
            return title or self.filename
        return f"{title}.{ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMessage:
    """What is read of a Discord message. A forwarded one has the attachments of the message it forwards."""

    id: int
    channel_id: int
    parent_id: int | None
    """The channel a thread belongs to; None outside threads."""
    guild_id: int | None
    channel_kind: ChannelKind
    author_id: int
    author_is_bot: bool
    """Whether a program posted it: another bot, or a webhook."""
    is_voice: bool
    """Whether Discord says it was recorded with the microphone button."""
    attachments: tuple[Attachment, ...]
    loose: bool = False
    """Whether it is no message, but stands for a file that came with a command."""
    origin: Origin | None = None
    """The message that it forwards."""
    locale: str = "en-US"
    """Discord's tag of the language in which the bot says what it has to say about it."""
    by_webhook: bool = False
    """Whether a webhook posted it that is not an application's answer to a command."""
    author_name: str = ""
    """What its author is called there."""

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """Where it is, the nearest first: the channel; of a thread, the thread and then its channel."""
        return (self.channel_id,) if self.parent_id is None else (self.channel_id, self.parent_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The text sent to the model beside the audio, and who set it."""

    text: str
    source: PromptSource


class PromptSource(StrEnum):
    """Where a prompt was set. One listed earlier wins over one listed later."""

    COMMAND = auto()
    CHANNEL = auto()
    SERVER = auto()
    DEFAULT = auto()
    """The operator's `PROMPT`, or its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteKey:
    """Which recording: the channel and message it stands in, and the attachment it is."""

    channel_id: int
    message_id: int
    attachment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The message that was forwarded."""

    message_id: int
    channel_id: int
    guild_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message that asks about a note. Its words are read from Discord when it is answered: they are not stored."""

    message_id: int
    channel_id: int
    """Where it was asked, and is answered: the note's thread or, where there is none, the note's channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of a conversation with the model about a recording."""

    text: str
    by_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that somebody wrote where a note is talked about."""

    id: int
    author_id: int
    name: str
    """What its author is called there."""
    text: str
    ours: bool = False
    """Whether the bot wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a note is answered where it stands: what its server had decided when it was taken in."""

    in_reply: bool = False
    """Whether the answer stands below the note instead of in a thread on it."""
    thread_name: str = "length"
    """What a thread is called after: `length`, `speaker`, or the first `words` of the answer."""
    speaker: str = ""
    """What whoever speaks is called, where a thread is called after that."""
    buttons: bool = True
    """Whether there are buttons under an answer that all can see."""
    footer: tuple[str, ...] = ()
    """What is told in small print: `model`, `seconds`, `cost`."""
    model: str | None = None
    """The model that hears it, where it is not the operator's first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceNote:
    """One audio file somebody wants heard, and what the model is asked about it."""

    message_id: int
    channel_id: int
    guild_id: int | None
    channel_kind: ChannelKind
    author_id: int
    attachment: Attachment
    prompt: Prompt
    voice: bool = False
    """Recorded in Discord. Its file then has a name that means nothing to people."""
    titled: bool = False
    """Whether the file's name stands above the answer, because its message has several files."""
    ask: str = LISTENED
    """The key of what is asked (`bot.asks`)."""
    asked_by: int | None = None
    """Who asked, where that need not be the author."""
    question: Question | None = None
    """The message that asks, where one does."""
    private: bool = False
    """Whether only the person who asked sees the answer."""
    loose: bool = False
    """Whether the file came with a command, so that it stands in no message."""
    origin: Origin | None = None
    """The message that was forwarded, where the note is in one that forwards it."""
    locale: str = "en-US"
    """Discord's tag of the language the bot's own sentences about the note are in; the answer itself may be in another."""
    called: str | None = None
    """What is asked for, where that is a preset that the server has made: its emoji and name."""
    parent_id: int | None = None
    """The channel a thread belongs to, where the note is in a thread."""
    manner: Manner = field(default_factory=Manner)

    @property
    def person_id(self) -> int:
        """Who wants the answer: whoever asked or, where a note asks for itself, its author."""
        return self.asked_by or self.author_id

    @property
    def key(self) -> NoteKey:
        """Which recording it is about."""
        return NoteKey(
            channel_id=self.channel_id, message_id=self.message_id, attachment_id=self.attachment.id
        )

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """Where it is, the nearest first: the channel; of a thread, the thread and then its channel."""
        return (self.channel_id,) if self.parent_id is None else (self.channel_id, self.parent_id)

    @property
    def home_id(self) -> int:
        """Whose share of the work the note counts to: its server's or, in direct messages, its author's."""
        return self.guild_id if self.guild_id is not None else self.author_id


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


class State(StrEnum):
    """How far the work on a note has come. The first two are unfinished. A state is only ever followed by a later one."""

    RECEIVED = auto()
    ANSWERED = auto()
    """The model's answer is complete and stored, but not posted yet."""
    POSTED = auto()
    REFUSED = auto()
    """The person was told why there is no answer and what they can do about it."""
    FAILED = auto()
    """There will be no answer, for no fault of the person. They were told so, where that was possible."""
    FORGOTTEN = auto()
    """The note's message was deleted. Nothing is kept of it but its ids."""
    WITHDRAWN = auto()
    """The answer was deleted because somebody asked for that. It may be asked for again."""

    @property
    def finished(self) -> bool:
        """Whether no work is left to do."""
        return self not in {State.RECEIVED, State.ANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where an answer was posted: the channel or thread, and the ids of the messages that are its pages."""

    channel_id: int
    pages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of something that was asked: how far it has come, and where its answer stands, if it does."""

    state: State
    posted: Posted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAnswer:
    """A finished answer: to what, and where it stands."""

    message_id: int
    attachment_id: int
    ask: str
    posted: Posted
    transcript: bool
    """Whether it is a complete transcript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What is known of a recording from what was asked about it before."""

    asked: frozenset[str] = frozenset()
    """The keys of all else that was ever asked about it."""
    transcript: Posted | None = None
    """Where a complete transcript stands, if one does."""
    seconds: float | None = None
    """How long it is, if it was heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One worker's claim on a note in the ledger, and what earlier workers have left there.

    Claims on a note are numbered, and the ledger takes changes from the newest alone. So a worker that was taken for
    dead, and is not, can do no harm.
    """

    note: VoiceNote
    number: int = 0
    answer: Answer | None = None
    """The complete answer, if an earlier worker had it but could not post it any more."""
    parts: tuple[HeardPart, ...] = ()
    """What earlier workers heard of a long note, if they came to no complete answer."""
    posted: Posted | None = None
    """What an earlier worker has posted of the answer, as far as it could write that down."""
    message_pages: frozenset[int] = frozenset()
    """The pages of all answers to notes of the same message that are known, whichever note they belong to."""
    before: Before = Before()
    """What was asked about the same recording before."""
    decode_crashes: int = 0
    """How many times in a row the process has ended while it decoded this note."""
    received_at: float = 0.0
    """When the note was written into the ledger, in seconds since 1970."""

    @property
    def resumed(self) -> bool:
        """Whether somebody has worked on the note before."""
        return self.number > 1 or self.answer is not None or self.posted is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredNote:
    """A finished note whose answer stands somewhere, as far as it takes to see whether the note is still there."""

    message_id: int
    attachment_id: int
    channel_id: int
    direct: bool
    """Whether it is a direct message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanedAnswer:
    """An answer whose note's message was deleted. It is to be deleted, too."""

    message_id: int
    """The note's."""
    channel_id: int
    """The note's; the answer may stand in a thread instead."""
    posted: Posted
    alone: bool = False
    """Whether only this answer goes, and others in its thread stay."""
