"""Recordings that tell their number."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import av
import pytest

from benchmarks.spoken_numbers import LARGEST, SECONDS, UnreadableError, number_in, spoken
from recogniser.sound import RATE, decode

if TYPE_CHECKING:
    from av.audio.stream import AudioStream


def heard(recording: bytes, form: str) -> bytes:
    """What the model hears of it, once it is written as that."""
    with av.open(io.BytesIO(recording), "r") as source:
        frames = [*source.decode(source.streams.audio[0]), None]
    file = io.BytesIO()
    with av.open(file, "w", format=form) as target:
        codec = {"mp3": "libmp3lame", "wav": "pcm_s16le"}[form]
        stream = cast("AudioStream", target.add_stream(codec, rate=16_000, layout="mono"))
        for frame in frames:
            target.mux(cast("list[av.Packet[AudioStream]]", stream.encode(frame)))
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
