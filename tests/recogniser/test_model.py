"""Speech becomes its words, silence none."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any, cast

import pytest
from faster_whisper import WhisperModel

from recogniser.model import Recogniser
from recogniser.sound import RATE, Sound, decode
from recogniser.weights import UnavailableError
from sandbox.sample import NOTE, WORDS

if TYPE_CHECKING:
    from pathlib import Path


def plain(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())


@pytest.fixture(scope="module")
def note() -> Sound:
    """The sample, decoded."""
    return decode(NOTE.read_bytes(), "ogg")


def test_the_sample_is_heard_word_for_word(recogniser: Recogniser, note: Sound) -> None:
    """The pieces joined are the words of the sample, all of them and no others."""
    pieces = list(recogniser.transcribe(note))
    assert len(pieces) > 1
    assert plain("".join(pieces)) == plain(WORDS.read_text())
    assert pieces[0][0] != " "


def test_a_short_note_is_encoded_once(
    recogniser: Recogniser, note: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its language is told from the same window as its words: encoding takes as long however short the sound is."""
    windows: list[object] = []
    encode = cast("Any", WhisperModel).encode

    def counted(model: WhisperModel, features: Any) -> Any:
        windows.append(features)
        return encode(model, features)

    monkeypatch.setattr(WhisperModel, "encode", counted)
    assert list(recogniser.transcribe(Sound(note.pcm[: 3 * 2 * RATE])))
    assert len(windows) == 1


@pytest.mark.parametrize(
    "pcm",
    [
        pytest.param(bytes(RATE * 2 * 6), id="six seconds of nothing"),
        pytest.param(bytes(200), id="a few milliseconds"),
        pytest.param(
            bytes(byte for sample in os.urandom(RATE * 4) for byte in (sample, 0)), id="four seconds of hiss"
        ),
    ],
)
def test_silence_has_no_words(recogniser: Recogniser, pcm: bytes) -> None:
    """Silence and noise give no words, although Whisper by itself would invent some."""
    assert list(recogniser.transcribe(Sound(pcm))) == []


async def test_whoever_stops_listening_makes_room(recogniser: Recogniser, note: Sound) -> None:
    """Two listeners leave, one in the middle and one before its turn; the third hears its whole recording."""
    leaving = recogniser.listen(note)
    never = asyncio.ensure_future(anext(recogniser.listen(note)))
    await anext(leaving)
    await leaving.aclose()
    never.cancel()
    heard = "".join([piece async for piece in recogniser.listen(note)])
    assert plain(heard) == plain(WORDS.read_text())


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    """What cannot be loaded is told as one sentence, not as the library's traceback."""
    (tmp_path / "model.bin").write_bytes(b"not a model")
    with pytest.raises(UnavailableError, match=str(tmp_path)):
        Recogniser(tmp_path)
