"""Made-up voice notes, each with a sound and an answer of its own, and the model that tells one from the other."""

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
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.torture_verdict import ModelCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sandbox.openroute import Received

SECONDS = 0.3
"""How long every note sounds."""

_RATE = 16_000
_LOUDNESS = 8_000
_WORD = re.compile(r"\bn(\d+)w(\d+)\b")
_PIECES = 6
# Words of an answer, how many notes of a hundred have such a one; from 250 on it takes several pages.
_LENGTHS = {50: 84, 400: 12, 700: 4}
# Seconds from the first word to the last, likewise.
_SLOWNESS = {(0.1, 1.5): 70, (2.0, 5.0): 30}


@dataclass(frozen=True, slots=True)
class TortureNote:
    """A note before it is posted: its sound is no other's, and what the model says to it takes so long."""

    number: int
    words: int
    seconds: float
    sound: bytes
    """A WAV file."""

    @property
    def answer(self) -> tuple[str, ...]:
        """The answer in the pieces it comes in; each of its words tells whose it is and which."""
        words = [f"n{self.number}w{index}" for index in range(1, self.words + 1)]
        pieces = [
            words[len(words) * part // _PIECES : len(words) * (part + 1) // _PIECES]
            for part in range(_PIECES)
        ]
        return (f"Answer to note {self.number}:", *(" " + " ".join(piece) for piece in pieces))


def torture_note(number: int, seed: int) -> TortureNote:
    """The note of that number, in every run with that seed the same."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    [words] = chance.choices(list(_LENGTHS), weights=list(_LENGTHS.values()))
    [slowness] = chance.choices(list(_SLOWNESS), weights=list(_SLOWNESS.values()))
    return TortureNote(
        number=number, words=words, seconds=chance.uniform(*slowness), sound=_tone(200 + 3 * number)
    )


def words_in(text: str) -> list[tuple[int, int]]:
    """The words of answers in a text: the number of the note, and which word it is, from 1."""
    return [(int(note), int(index)) for note, index in _WORD.findall(text)]


class SlowModel:
    """Answers each note's sound with that note's words, as slowly as the note wants it, and keeps every call.

    `heard` is called whenever something happens. Calls name the process by its `X-Title`.
    """

    def __init__(self, heard: Callable[[], None]) -> None:
        self.calls: list[ModelCall] = []
        self._heard = heard
        self._known: dict[bytes, tuple[int, TortureNote]] = {}
        self.unknown = Counter[str]()
        """Requests with a sound that nobody posted, by process."""

    def know(self, message_id: int, note: TortureNote) -> None:
        """This note has been posted as that message."""
        self._known[note.sound] = message_id, note

    async def answer(self, received: Received) -> AsyncIterator[str]:
        """The pieces of the answer, in time."""
        process = received.headers.get("X-Title", "?")
        known = self._known.get(received.audio.data) if received.audio else None
        if known is None:
            self.unknown[process] += 1
            yield "What is this?"
            return
        message_id, note = known
        self.calls.append(ModelCall(message_id, process, time.time()))
        self._heard()
        for piece in note.answer:
            await asyncio.sleep(note.seconds / (_PIECES + 1))
            yield piece
        self._heard()


def _tone(hertz: int) -> bytes:
    wave_form = (
        int(_LOUDNESS * math.sin(2 * math.pi * hertz * at / _RATE)) for at in range(int(SECONDS * _RATE))
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, _RATE, 0, "NONE", ""))
        writer.writeframes(array.array("h", wave_form).tobytes())
    return file.getvalue()
