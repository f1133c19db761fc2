"""What the ledger tells of notes: how far the work has come, who has it, and where answers stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.models.answers import Answer, HeardPart
    from bot.models.notes import VoiceNote


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
    """A note that is answered or worked on, as far as it takes to see whether it is still there."""

    message_id: int
    attachment_id: int
    channel_id: int
    direct: bool
    """Whether it is a direct message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanedAnswer:
    """An answer that is to be deleted: its note's message was, or somebody wants it gone."""

    id: int = field(default=0, compare=False)
    """Of the row that says so; 0 if there is none."""
    message_id: int
    """The note's."""
    channel_id: int
    """The note's; the answer may stand in a thread instead."""
    posted: Posted
    alone: bool = False
    """Whether only this answer goes, and others in its thread stay."""
