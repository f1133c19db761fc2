"""Encoders side by side: what they make is what one alone makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import av
import numpy as np
import pytest

from bot.decoder.encoding import Encoders

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.stream import AudioStream

RATE = 16_000
RNG = np.random.default_rng(7)


def sound_of(samples: int) -> bytes:
    """Noise that comes and goes: of pauses, attacks and all between there is some."""
    loudness = np.repeat(RNG.choice([0.0, 0.01, 0.3, 0.9], samples // 900 + 1), 900)[:samples]
    return (loudness * RNG.uniform(-1, 1, samples) * 32_000).astype("<i2").tobytes()


def alone(sound: bytes, kbits: int) -> bytes:
    """What one encoder makes of it, without the frame it begins with."""
    encoder = cast("AudioCodecContext", av.CodecContext.create("libmp3lame", "w"))
    encoder.options = {"compression_level": "9", "reservoir": "0"}
    encoder.sample_rate, encoder.layout, encoder.bit_rate = RATE, "mono", kbits * 1000
    encoder.format = av.AudioFormat("s16p")
    frame = av.AudioFrame(format="s16p", layout="mono", samples=len(sound) // 2)
    frame.sample_rate = RATE
    frame.planes[0].update(sound)
    made = cast("list[av.Packet[AudioStream]]", [*encoder.encode(frame), *encoder.encode(None)])
    return b"".join(bytes(packet) for packet in made[1:])


@pytest.mark.parametrize("kbits", [32, 24, 16])
@pytest.mark.parametrize("samples", [1, 575, 576, 577, 5_000, 300_000, 1_500_001])
def test_many_make_what_one_makes(samples: int, kbits: int) -> None:
    """Byte for byte, however it comes in, and however often it is asked for what is ready."""
    sound = sound_of(samples)
    made = bytearray()
    with Encoders(kbits) as encoders:
        for number, at in enumerate(range(0, len(sound), 16_002)):
            for some in encoders.take(memoryview(sound[at : at + 16_002])):
                made += some
            if number % 11 == 3:
                made += b"".join(encoders.settled())
        made += b"".join(encoders.end())
    assert bytes(made) == alone(sound, kbits)


def test_of_nothing_there_is_next_to_nothing() -> None:
    """The two frames an encoder ends with, less the one it begins with."""
    with Encoders(32) as encoders:
        assert len(b"".join(encoders.end())) <= 144
