"""What became of the notes, judged from outside: by what people can see and by what the model was asked. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STORED = frozenset({"answered", "posted"})
"""States in the bot's ledger in which the model has been paid for an answer that is kept, or was until posted."""
OPEN = frozenset({"received", "answered"})
"""States in which there is still something to do."""

_UNDER_WAY = 0.25
"""Seconds after a kill in which requests of the killed process may still be arriving."""
_QUOTED = 80
"""Characters of what the bot said instead of an answer."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note that was posted: its number, and how many words its answer has."""

    number: int
    words: int


@dataclass(frozen=True, slots=True)
class BotMessage:
    """A message of the bot as people see it now, with the words of answers in it as (note's number, which word)."""

    channel_id: int
    """A thread on a message has that message's id."""
    reply_to: int | None
    text: str
    words: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A model was asked to answer a note. Times are seconds since 1970."""

    message_id: int
    process: str
    """Its name; a process started again has another."""
    at: float


@dataclass(frozen=True, slots=True)
class DiscordRequest:
    """A request to Discord about a note, from whichever process."""

    message_id: int
    at: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A process was killed; `states` are the notes' in the ledger by message id, read between then and `known_at`."""

    process: str
    at: float
    known_at: float
    states: Mapping[int, str]
    survivors: int
    """How many processes were left that work on notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All there is to judge by. Messages oldest first."""

    notes: Mapping[int, Note]
    """By message id."""
    said: Sequence[BotMessage]
    threads: Sequence[int]
    calls: Sequence[ModelCall]
    kills: Sequence[Kill]
    requests: Sequence[DiscordRequest]


class Kind(Enum):
    """What can be wrong."""

    DUPLICATE = "duplicate"
    MISSING = "missing"
    REPAID = "repaid"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is wrong with a note (None: with something that belongs to no note)."""

    kind: Kind
    note: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {'' if self.note is None else f'note {self.note}: '}{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The figures, and what is behind those that should be 0."""

    notes: int
    kills: int
    cut_off: int
    longest_takeover: float
    findings: Sequence[Finding]

    @property
    def missing(self) -> int:
        """Notes without a whole answer in their thread."""
        return self._notes_with(Kind.MISSING)

    @property
    def duplicates(self) -> int:
        """Notes answered more than once, or with anything beside the answer."""
        return self._notes_with(Kind.DUPLICATE)

    @property
    def repaid(self) -> int:
        """Calls of the model that a kill does not excuse."""
        return sum(finding.kind is Kind.REPAID for finding in self.findings)

    @property
    def flawless(self) -> bool:
        """Whether every note was answered, once, and paid for once."""
        return not self.findings

    @property
    def figures(self) -> dict[str, int | float]:
        """As they are printed."""
        return {
            "notes": self.notes,
            "answers": self.notes - self.missing,
            "duplicates": self.duplicates,
            "missing": self.missing,
            "repaid": self.repaid,
            "cut_off": self.cut_off,
            "kills": self.kills,
            "longest_takeover_s": round(self.longest_takeover, 1),
        }

    def _notes_with(self, kind: Kind) -> int:
        return len({finding.note for finding in self.findings if finding.kind is kind})


def judge(evidence: Evidence) -> Verdict:
    """What became of the notes."""
    repaid, cut_off = _repeated_calls(evidence)
    return Verdict(
        notes=len(evidence.notes),
        kills=len(evidence.kills),
        cut_off=cut_off,
        longest_takeover=max(_takeovers(evidence), default=0.0),
        findings=(*_answers(evidence), *_strays(evidence), *repaid),
    )


def _answers(evidence: Evidence) -> list[Finding]:
    """What is wrong with each note's answer."""
    told: dict[int, list[tuple[int, int]]] = defaultdict(list)
    beside: dict[int, list[str]] = defaultdict(list)
    for message in evidence.said:
        for number, word in message.words:
            told[number].append((message.channel_id, word))
        if not message.words and (message_id := _about(evidence, message)) is not None:
            beside[message_id].append(_quoted(message.text))
    findings: list[Finding] = []
    for message_id, note in evidence.notes.items():
        everywhere = [word for _, word in told[note.number]]
        in_thread = [word for channel, word in told[note.number] if channel == message_id]
        absent = note.words - len(set(in_thread))
        again = len(everywhere) - len(set(everywhere))
        if absent:
            problem = f"{absent} of {note.words} words are not in its thread"
            problem += ", but somewhere else" if len(everywhere) > len(in_thread) else ""
            findings.append(Finding(Kind.MISSING, note.number, _with(problem, beside[message_id])))
        elif not again and in_thread != sorted(in_thread):
            findings.append(Finding(Kind.MISSING, note.number, "the pages are in the wrong order"))
        elif beside[message_id]:
            findings.append(Finding(Kind.DUPLICATE, note.number, _with("answered", beside[message_id])))
        if again:
            findings.append(
                Finding(Kind.DUPLICATE, note.number, f"{again} of {note.words} words are said again")
            )
    return findings


def _strays(evidence: Evidence) -> list[Finding]:
    """What belongs to no note: threads, and words that are no answer."""
    threads = [thread for thread in evidence.threads if thread not in evidence.notes]
    words = [
        message.text for message in evidence.said if not message.words and _about(evidence, message) is None
    ]
    return [
        *(Finding(Kind.DUPLICATE, None, f"the thread {thread} is on no note") for thread in threads),
        *(Finding(Kind.DUPLICATE, None, f"the bot says {_quoted(text)}") for text in words),
    ]


def _repeated_calls(evidence: Evidence) -> tuple[list[Finding], int]:
    """Calls that nothing excuses, and how many were needed because a kill had cut the one before off."""
    by_note: dict[int, list[ModelCall]] = defaultdict(list)
    for call in evidence.calls:
        by_note[call.message_id].append(call)
    findings: list[Finding] = []
    cut_off = 0
    for message_id, calls in by_note.items():
        for earlier, later in pairwise(calls):
            before = [kill for kill in evidence.kills if kill.at <= later.at]
            if any(kill.known_at <= later.at and kill.states.get(message_id) in STORED for kill in before):
                why = f"{later.process} asks the model again, though the answer was stored"
            elif later.process == earlier.process or all(kill.process != earlier.process for kill in before):
                why = f"{later.process} asks the model again, though nobody had killed {earlier.process}"
            else:
                cut_off += 1
                continue
            findings.append(Finding(Kind.REPAID, evidence.notes[message_id].number, why))
    return findings, cut_off


def _takeovers(evidence: Evidence) -> list[float]:
    """For each note a killed process had asked the model about, and had not finished: seconds to the next sign of work.

    A kill that leaves nobody to take over begins the wait anew.
    """
    seconds: list[float] = []
    for kill in evidence.kills:
        last = {call.message_id: call.process for call in evidence.calls if call.at <= kill.known_at}
        for message_id, process in last.items():
            if process != kill.process or kill.states.get(message_id) not in OPEN:
                continue
            calls = [
                call.at
                for call in evidence.calls
                if call.message_id == message_id and call.process != process and call.at > kill.at
            ]
            requests = [
                request.at
                for request in evidence.requests
                if request.message_id == message_id and request.at > kill.at + _UNDER_WAY
            ]
            if calls or requests:
                end = min(calls + requests)
                begins = [
                    each.at for each in evidence.kills if not each.survivors and kill.at < each.at < end
                ]
                seconds.append(end - max([kill.at, *begins]))
    return seconds


def _about(evidence: Evidence, message: BotMessage) -> int | None:
    """The note, as its message's id, that a message without words of an answer belongs to."""
    return next(
        (channel for channel in (message.channel_id, message.reply_to) if channel in evidence.notes), None
    )


def _with(problem: str, beside: Sequence[str]) -> str:
    return "; ".join((problem, *(f"the bot says {text}" for text in beside)))


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _QUOTED else text[:_QUOTED] + '…'}”"
