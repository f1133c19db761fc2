"""Judges what became of the notes: by what people can see on Discord, and by what the model was asked. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STORED = frozenset({"answered", "posted"})
"""States in the bot's ledger in which there is a stored answer, or was until it was posted: asking again costs twice."""
OPEN = frozenset({"received", "answered"})
"""States in the bot's ledger in which the note is not finished."""

_UNDER_WAY = 0.25
"""Seconds after a kill within which requests may still arrive that the killed process had sent."""
_QUOTED = 80
"""How many characters are quoted of what the bot said instead of an answer."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note that was posted: its number, and how many words its answer has."""

    number: int
    words: int


@dataclass(frozen=True, slots=True)
class BotMessage:
    """A message of the bot as it is at the end. `words` are the answers' words in it: (note's number, word's number)."""

    channel_id: int
    """A thread on a message has that message's id."""
    reply_to: int | None
    text: str
    words: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class ModelCall:
    """The model was asked about a note, at `at` (Unix seconds)."""

    message_id: int
    process: str
    """The name of the process that asked; a process started again has another name."""
    at: float


@dataclass(frozen=True, slots=True)
class DiscordRequest:
    """A request to Discord about a note, whichever process sent it; `at` is in Unix seconds."""

    message_id: int
    at: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A process was killed at `at`. `states` are the notes' in the ledger, by message id, read from then to `known_at`."""

    process: str
    at: float
    known_at: float
    states: Mapping[int, str]
    survivors: int
    """How many processes that work on notes were left running."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything to judge by. Messages are oldest first, `threads` are ids."""

    notes: Mapping[int, Note]
    """By message id."""
    said: Sequence[BotMessage]
    threads: Sequence[int]
    calls: Sequence[ModelCall]
    kills: Sequence[Kill]
    requests: Sequence[DiscordRequest]


class Kind(Enum):
    """What can be wrong with a note: answered more than once, not (wholly) answered, or paid for again."""

    DUPLICATE = "duplicate"
    MISSING = "missing"
    REPAID = "repaid"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong. `note` is its number; None: with something that belongs to no note."""

    kind: Kind
    note: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {'' if self.note is None else f'note {self.note}: '}{self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The figures of a run, and the findings behind those that should be 0.

    `cut_off` counts calls of the model that were repeated because a kill had ended the one before; that is no fault.
    `longest_takeover` is in seconds.
    """

    notes: int
    kills: int
    cut_off: int
    longest_takeover: float
    findings: Sequence[Finding]

    @property
    def missing(self) -> int:
        """How many notes have no complete answer in their thread."""
        return self._notes_with(Kind.MISSING)

    @property
    def duplicates(self) -> int:
        """How many notes are answered more than once, or with something else beside the answer."""
        return self._notes_with(Kind.DUPLICATE)

    @property
    def repaid(self) -> int:
        """How many calls of the model were repeated without a kill that made it necessary."""
        return sum(finding.kind is Kind.REPAID for finding in self.findings)

    @property
    def flawless(self) -> bool:
        """Whether every note was answered once and paid for once."""
        return not self.findings

    @property
    def figures(self) -> dict[str, int | float]:
        """The figures by name, as `--json` prints them."""
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
    """Judge what became of the notes."""
    repaid, cut_off = _repeated_calls(evidence)
    return Verdict(
        notes=len(evidence.notes),
        kills=len(evidence.kills),
        cut_off=cut_off,
        longest_takeover=max(_takeovers(evidence), default=0.0),
        findings=(*_answers(evidence), *_strays(evidence), *repaid),
    )


def _answers(evidence: Evidence) -> list[Finding]:
    """Findings about each note's answer: words missing, out of order, repeated, or other messages beside them."""
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
    """Findings about threads and messages of the bot that belong to no note."""
    threads = [thread for thread in evidence.threads if thread not in evidence.notes]
    words = [
        message.text for message in evidence.said if not message.words and _about(evidence, message) is None
    ]
    return [
        *(Finding(Kind.DUPLICATE, None, f"the thread {thread} is on no note") for thread in threads),
        *(Finding(Kind.DUPLICATE, None, f"the bot says {_quoted(text)}") for text in words),
    ]


def _repeated_calls(evidence: Evidence) -> tuple[list[Finding], int]:
    """Findings about repeated calls without need, and how many were needed because a kill had ended the call before."""
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

    When a later kill leaves no process to take the note over, the wait is counted from that kill.
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
    """The message id of the note that a message without an answer's words is about; None: about no note."""
    return next(
        (channel for channel in (message.channel_id, message.reply_to) if channel in evidence.notes), None
    )


def _with(problem: str, beside: Sequence[str]) -> str:
    return "; ".join((problem, *(f"the bot says {text}" for text in beside)))


def _quoted(text: str) -> str:
    return f"“{text if len(text) <= _QUOTED else text[:_QUOTED] + '…'}”"
