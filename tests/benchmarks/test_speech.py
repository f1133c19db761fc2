"""Recordings made for the benchmarks are what they are said to be."""

from __future__ import annotations

import io

import av
import pytest

from benchmarks.speech import MUSIC_PLAYER, STUDIO, VOICE_MEMO, VOICE_MESSAGE, Kind, of_size, recorded


@pytest.mark.parametrize("seconds", [10.0, 150.0])
@pytest.mark.parametrize(
    "kind", [VOICE_MESSAGE, VOICE_MEMO, MUSIC_PLAYER, STUDIO], ids=lambda kind: kind.filename
)
def test_they_last_as_long_as_was_asked_for(kind: Kind, seconds: float) -> None:
    """A recording decodes completely, repeated packets included, and its header has the length given to Discord."""
    recording = recorded(kind, seconds)
    with av.open(io.BytesIO(recording.data), "r") as container:
        announced = (container.duration or 0) / av.time_base
        samples = sum(frame.samples for frame in container.decode(container.streams.audio[0]))
    assert samples / kind.rate == pytest.approx(seconds, abs=0.1)
    assert announced == pytest.approx(seconds, abs=0.1)
    assert recording.seconds == pytest.approx(seconds, abs=0.1)


def test_a_size_is_a_limit() -> None:
    """A recording of a given size is not larger, and at most a quarter of a minute shorter than what would fit."""
    size = 1_000_000
    recording = of_size(VOICE_MEMO, size)
    assert size - VOICE_MEMO.bit_rate / 8 * 20 < len(recording.data) <= size
