"""Judges what became of the notes: by what people can see on Discord, and by what the model was asked. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.ledger import LISTENED, PRESS, QUESTION

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
    """Something that was asked, by a note, a press or a question: its number, and how many words its answer has."""

    number: int
    words: int
    thread: int
    """Where the answer belongs: the id of the note's message."""
    kind: str = LISTENED
    """Whether a note asks for itself, or somebody has pressed a button or asked a question."""


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
    """The model was asked something, at `at` (Unix seconds)."""

    key: int
    process: str
    """The name of the process that asked; a process started again has another name."""
    at: float


@dataclass(frozen=True, slots=True)
class DiscordRequest:
    """A request to Discord about a note, whichever process sent it; `at` is in Unix seconds."""

    key: int
    at: float


@dataclass(frozen=True, slots=True)
class Kill:
    """A process was killed at `at`. `states` are the ledger's, by key, read from then to `known_at`."""

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
    """By `ledger.key_of`."""
    said: Sequence[BotMessage]
    threads: Sequence[int]
    calls: Sequence[ModelCall]
    kills: Sequence[Kill]
    requests: Sequence[DiscordRequest]


class Kind(Enum):
    """What can be wrong with a note: answered more than once, not (wholly) answered, paid for again.

    Or its answer still stands although it was deleted.
    """

    DUPLICATE = "duplicate"
    MISSING = "missing"
    REPAID = "repaid"
    KEPT = "kept"


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
    presses: int
    questions: int
    answers: int
    """Of notes, presses and questions together."""
    kills: int
    cut_off: int
    longest_takeover: float
    findings: Sequence[Finding]

    @property
    def missing(self) -> int:
        """How many notes, presses and questions have no complete answer in their thread."""
        return self._notes_with(Kind.MISSING)

    @property
    def duplicates(self) -> int:
        """How many of them are answered more than once, or with something else beside the answer."""
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
            "presses": self.presses,
            "questions": self.questions,
            "answers": self.answers,
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
    findings = (*_answers(evidence), *_strays(evidence), *repaid)
    kinds = Counter(note.kind for note in evidence.notes.values())
    missing = {finding.note for finding in findings if finding.kind is Kind.MISSING}
    return Verdict(
        notes=kinds[LISTENED],
        presses=kinds[PRESS],
        questions=kinds[QUESTION],
        answers=len(evidence.notes) - len(missing),
        kills=len(evidence.kills),
        cut_off=cut_off,
        longest_takeover=max(_takeovers(evidence), default=0.0),
        findings=findings,
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
    for note in evidence.notes.values():
        everywhere = [word for _, word in told[note.number]]
        in_thread = [word for channel, word in told[note.number] if channel == note.thread]
        absent = note.words - len(set(in_thread))
        again = len(everywhere) - len(set(everywhere))
        others = beside[note.thread] if note.kind == LISTENED else []
        if absent:
            problem = f"{absent} of {note.words} words are not in its thread"
            problem += ", but somewhere else" if len(everywhere) > len(in_thread) else ""
            findings.append(Finding(Kind.MISSING, note.number, _with(problem, others)))
        elif not again and in_thread != sorted(in_thread):
            findings.append(Finding(Kind.MISSING, note.number, "the pages are in the wrong order"))
        elif others:
            findings.append(Finding(Kind.DUPLICATE, note.number, _with("answered", others)))
        if again:
            findings.append(
                Finding(Kind.DUPLICATE, note.number, f"{again} of {note.words} words are said again")
            )
    return findings


def _strays(evidence: Evidence) -> list[Finding]:
    """Findings about threads and messages of the bot that belong to no note."""
    known = {note.thread for note in evidence.notes.values()}
    threads = [thread for thread in evidence.threads if thread not in known]
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
        by_note[call.key].append(call)
    findings: list[Finding] = []
    cut_off = 0
    for key, calls in by_note.items():
        for earlier, later in pairwise(calls):
            before = [kill for kill in evidence.kills if kill.at <= later.at]
            if any(kill.known_at <= later.at and kill.states.get(key) in STORED for kill in before):
                why = f"{later.process} asks the model again, though the answer was stored"
            elif later.process == earlier.process or all(kill.process != earlier.process for kill in before):
                why = f"{later.process} asks the model again, though nobody had killed {earlier.process}"
            else:
                cut_off += 1
                continue
            findings.append(Finding(Kind.REPAID, evidence.notes[key].number, why))
    return findings, cut_off


def _takeovers(evidence: Evidence) -> list[float]:
    """For each note a killed process had asked the model about, and had not finished: seconds to the next sign of work.

    When a later kill leaves no process to take the note over, the wait is counted from that kill.
    """
    seconds: list[float] = []
    for kill in evidence.kills:
        last = {call.key: call.process for call in evidence.calls if call.at <= kill.known_at}
        for key, process in last.items():
            if process != kill.process or kill.states.get(key) not in OPEN:
                continue
            calls = [
                call.at
                for call in evidence.calls
                if call.key == key and call.process != process and call.at > kill.at
            ]
            requests = [
                request.at
                for request in evidence.requests
                if request.key == key and request.at > kill.at + _UNDER_WAY
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
