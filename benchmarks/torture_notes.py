"""Made-up voice notes for `torture`, each with a unique sound and answer, and the model that answers them."""

from __future__ import annotations

import array
import asyncio
import io
import math
import random
import re
import time
import wave
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.ledger import LISTENED, PRESS, QUESTION, key_of
from benchmarks.torture_verdict import ModelCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sandbox.openroute import Received

SECONDS = 0.3
"""The length of every note."""

_RATE = 16_000
_LOUDNESS = 8_000
_WORD = re.compile(r"\bn(\d+)w(\d+)\b")
_PIECES = 6
OFFSETS = {PRESS: 100_000, QUESTION: 200_000}
"""What is added to a note's number for what is asked about it."""
_PRESSED_EVERY, _ASKED_EVERY = 3, 4
QUESTION_TEXT = "What else is said?"
# Number of words of an answer: how many notes of a hundred have one of that length. From 250 words on it takes pages.
_LENGTHS = {50: 84, 400: 12, 700: 4}
# Seconds from the first word to the last (at least, at most): how many notes of a hundred.
_SLOWNESS = {(0.1, 1.5): 70, (2.0, 5.0): 30}


@dataclass(frozen=True, slots=True)
class TortureNote:
    """A note before it is posted, or something that will be asked about one. Its answer has `words` words and takes `seconds`."""

    number: int
    words: int
    seconds: float
    sound: bytes
    """A WAV file. Each note has its own."""

    @property
    def answer(self) -> tuple[str, ...]:
        """The answer in the pieces that are streamed; the word `n7w3` is the third of the answer to note 7."""
        words = [f"n{self.number}w{index}" for index in range(1, self.words + 1)]
        pieces = [
            words[len(words) * part // _PIECES : len(words) * (part + 1) // _PIECES]
            for part in range(_PIECES)
        ]
        return (f"Answer to note {self.number}:", *(" " + " ".join(piece) for piece in pieces))


def torture_note(number: int, seed: int) -> TortureNote:
    """Make the note of that number: the same for the same seed."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    [words] = chance.choices(list(_LENGTHS), weights=list(_LENGTHS.values()))
    [slowness] = chance.choices(list(_SLOWNESS), weights=list(_SLOWNESS.values()))
    return TortureNote(
        number=number, words=words, seconds=chance.uniform(*slowness), sound=_tone(200 + 3 * number)
    )


def asked_about(note: TortureNote, kind: str, seed: int) -> TortureNote:
    """What is answered to a press or a question about a note: another number, other words, the same sound."""
    number = note.number + OFFSETS[kind]
    return replace(torture_note(number, seed), sound=note.sound)


def is_pressed(number: int) -> bool:
    """Whether somebody presses a button under the answer to the note of that number."""
    return number % _PRESSED_EVERY == 0


def is_asked_about(number: int) -> bool:
    """Whether somebody asks a question about the note of that number."""
    return number % _ASKED_EVERY == 0


def words_in(text: str) -> list[tuple[int, int]]:
    """The answers' words in a text, in order, as (note's number, word's number), both counted from 1."""
    return [(int(note), int(index)) for note, index in _WORD.findall(text)]


class SlowModel:
    """Answers a note's sound with that note's words, as slowly as the note says, and keeps every call.

    `on_call` is called when a call begins and when it ends. The process that calls is known by its header `X-Title`.
    """

    def __init__(self, on_call: Callable[[], None]) -> None:
        self.calls: list[ModelCall] = []
        self._on_call = on_call
        self._known: dict[tuple[bytes, str], tuple[int, TortureNote]] = {}
        self.unknown = Counter[str]()
        """Requests with a sound that nobody posted, by process."""

    def register(self, message_id: int, kind: str, note: TortureNote) -> None:
        """Remember that this is asked about the note in that message."""
        self._known[note.sound, kind] = key_of(message_id, kind), note

    async def answer(self, received: Received) -> AsyncIterator[str]:
        """Called by the stand-in with each request: yields the pieces of the answer in their time."""
        process = received.headers.get("X-Title", "?")
        known = self._known.get((received.audio.data, kind_asked(received))) if received.audio else None
        if known is None:
            self.unknown[process] += 1
            yield "What is this?"
            return
        key, note = known
        self.calls.append(ModelCall(key, process, time.time()))
        self._on_call()
        for piece in note.answer:
            await asyncio.sleep(note.seconds / (_PIECES + 1))
            yield piece
        self._on_call()


def kind_asked(received: Received) -> str:
    """Whether a request to the model is for a note itself, a press or a question."""
    if not received.system:
        return LISTENED
    return QUESTION if QUESTION_TEXT in received.prompt else PRESS


def _tone(hertz: int) -> bytes:
    wave_form = (
        int(_LOUDNESS * math.sin(2 * math.pi * hertz * at / _RATE)) for at in range(int(SECONDS * _RATE))
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, _RATE, 0, "NONE", ""))
        writer.writeframes(array.array("h", wave_form).tobytes())
    return file.getvalue()
