"""Recordings that tell their number."""

from __future__ import annotations

import io

import av
import pytest

from benchmarks.spoken_numbers import LARGEST, SECONDS, UnreadableError, number_in, spoken
from recogniser.sound import RATE, decode


def heard(recording: bytes, form: str) -> bytes:
    """What the model hears of it, once it is written as that."""
    with av.open(io.BytesIO(recording)) as source:
        frames = list(source.decode(audio=0))
    file = io.BytesIO()
    with av.open(file, "w", format=form) as target:
        stream = target.add_stream(
            {"mp3": "libmp3lame", "wav": "pcm_s16le"}[form], rate=16_000, layout="mono"
        )
        for frame in (*frames, None):
            for packet in stream.encode(frame):
                target.mux(packet)
    return decode(file.getvalue(), form).pcm


@pytest.mark.parametrize("form", ["wav", "mp3"])
@pytest.mark.parametrize("number", [0, 1, 1000, 20_000, LARGEST])
def test_a_number_survives(number: int, form: str) -> None:
    """Opus, resampling, and MP3 with its delay."""
    sound = heard(spoken(number), form)
    assert number_in(sound, RATE) == number
    assert len(sound) / (2 * RATE) == pytest.approx(SECONDS, abs=0.15)


@pytest.mark.parametrize("sound", [b"", bytes(64_000)], ids=["nothing", "silence"])
def test_what_tells_no_number(sound: bytes) -> None:
    """It is said."""
    with pytest.raises(UnreadableError):
        number_in(sound, RATE)


def test_half_a_number_is_none() -> None:
    """The check bits tell."""
    sound = heard(spoken(20_000), "wav")
    with pytest.raises(UnreadableError, match="check"):
        number_in(sound[: len(sound) // 2], RATE)
