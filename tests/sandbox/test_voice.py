"""Any audio file becomes a voice message as Discord's clients make them."""

from __future__ import annotations

import base64
import io
import math
import struct
import wave
from typing import TYPE_CHECKING

import pytest

from recogniser.sound import decode
from sandbox.sample import NOTE
from sandbox.voice import NotAudioError, record

if TYPE_CHECKING:
    from pathlib import Path


def tone(path: Path, *loudnesses: int, rate: int = 8_000) -> Path:
    """A WAV file: a second of tone at each loudness."""
    samples = [
        int(loudness * math.sin(2 * math.pi * 400 * tick / rate))
        for loudness in loudnesses
        for tick in range(rate)
    ]
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, rate, 0, "NONE", ""))
        writer.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def test_what_is_opus_already_stays_as_it_is() -> None:
    """The sample is posted byte for byte."""
    voice = record(NOTE)
    assert voice.data == NOTE.read_bytes()
    assert voice.seconds == pytest.approx(11.5, abs=0.1)


def test_anything_else_becomes_opus_of_the_same_length(tmp_path: Path) -> None:
    """A WAV becomes Ogg/Opus of the same length."""
    voice = record(tone(tmp_path / "tone.wav", 9_000, 9_000))
    assert voice.seconds == pytest.approx(2, abs=0.01)
    assert decode(voice.data, "ogg").seconds == pytest.approx(2, abs=0.1)


def test_the_waveform_follows_the_sound(tmp_path: Path) -> None:
    """There are ten points a second, relative to the loudest: silence is 0, half as loud is half."""
    voice = record(tone(tmp_path / "tone.wav", 0, 10_000, 20_000))
    points = base64.b64decode(voice.waveform)
    assert len(points) == 30
    assert max(points[:9]) == 0
    assert all(120 <= point <= 135 for point in points[11:19])
    assert max(points) == 255


def test_the_waveform_has_at_most_256_points(tmp_path: Path) -> None:
    """A long recording has 256 points, Discord's limit."""
    voice = record(tone(tmp_path / "long.wav", *[5_000] * 40, rate=1_000))
    assert len(base64.b64decode(voice.waveform)) == 256


def test_what_is_no_audio_is_told_in_a_sentence(tmp_path: Path) -> None:
    """A missing file, a text, a folder and a WAV without samples each raise an error that names the file."""
    text = tmp_path / "notes.txt"
    text.write_text("Not a sound.")
    empty = io.BytesIO()
    with wave.open(empty, "wb") as writer:
        writer.setparams((1, 2, 8_000, 0, "NONE", ""))
    header = tmp_path / "empty.wav"
    header.write_bytes(empty.getvalue())
    for path, says in [
        (tmp_path / "missing.ogg", "There is no file"),
        (text, "no audio"),
        (tmp_path, "no audio"),
        (header, "no sound"),
    ]:
        with pytest.raises(NotAudioError, match=f"{says}.*") as told:
            record(path)
        assert str(path) in str(told.value)
