"""MP3s by LAME: as good as they were found to be, of the size that is reckoned with, and cut without a loss."""

from __future__ import annotations

import io
import math
import subprocess
import sys

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decoder.encoding import Encoder, lead_in
from bot.decoder.sizes import mp3_seconds
from sandbox.sample import NOTE

RATE, FRAME = 16_000, 576
FRAME_BYTES = {32: 144, 24: 108, 16: 72}
LATE = 1_105
"""Samples: LAME's delay and every decoder's."""
RNG = np.random.default_rng(7)

Sound = np.ndarray[tuple[int], np.dtype[np.float64]]

STARVED = """
import resource, sys
from bot.decoder.encoding import Encoder

def starve(spare):
    with open("/proc/self/statm") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + spare, resource.RLIM_INFINITY))

encoders = [Encoder(32) for _ in range(50)]
for encoder in encoders:
    encoder.take(b"")
try:
    match sys.argv[1]:
        case "encoders":
            starve(1_000_000)
            encoders += [Encoder(32) for _ in range(500)]
        case "sound":
            # Room for what becomes of it, but not for how LAME takes it.
            sound = bytes(20_000_000)
            starve(30_000_000)
            for encoder in encoders:
                encoder.take(sound)
                encoder.settled()
        case "threads":
            fresh = [Encoder(32) for _ in range(50)]
            starve(1_000_000)
            for encoder in fresh:
                encoder.take(b"")
except MemoryError:
    told = True
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(told)
"""


def encoded(sound: bytes, kbits: int, piece: int = 32_000) -> bytes:
    """The MP3 of 16-bit samples that come in pieces of so many bytes."""
    made = bytearray()
    with Encoder(kbits) as encoder:
        for at in range(0, len(sound), piece):
            made += encoder.take(sound[at : at + piece])
            if at % 3 == 1:
                made += encoder.settled()
        made += encoder.end()
    return bytes(made)


def decoded(mp3: bytes) -> Sound:
    """What FFmpeg hears, from -1 to 1. It leaves nothing out where no frame tells it to."""
    with av.open(io.BytesIO(mp3), "r", format="mp3") as container:
        assert container.streams.audio[0].rate == RATE
        frames = [frame.to_ndarray()[0] for frame in container.decode(container.streams.audio[0])]
    return np.concatenate(frames).astype(float)


def spoken() -> bytes:
    """The sample, eleven seconds."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(NOTE)) as container:
        pieces = [
            piece for frame in (*container.decode(audio=0), None) for piece in resampler.resample(frame)
        ]
    return b"".join(piece.to_ndarray()[0].tobytes() for piece in pieces)


def noise(samples: int) -> bytes:
    """It comes and goes: of pauses, attacks and all between there is some."""
    loudness = np.repeat(RNG.choice([0.0, 0.01, 0.3, 0.9], samples // 900 + 1), 900)[:samples]
    return (loudness * RNG.uniform(-1, 1, samples) * 32_000).astype("<i2").tobytes()


@pytest.mark.parametrize(("kbits", "decibels"), [(32, 24.0), (24, 22.0), (16, 20.5)])
def test_speech_is_as_clear_as_the_rate_allows(kbits: int, decibels: float) -> None:
    """By how far what differs lies below it."""
    sound = spoken()
    signal = np.frombuffer(sound, "<i2") / 32_768
    heard = decoded(encoded(sound, kbits))[LATE:][: len(signal)]
    assert len(heard) == len(signal)
    assert 10 * math.log10((signal**2).sum() / ((signal - heard) ** 2).sum()) > decibels


@pytest.mark.parametrize("kbits", [32, 24, 16])
@pytest.mark.parametrize("piece", [2, 1_152, 9_998])
def test_it_makes_no_difference_in_which_pieces_it_comes(piece: int, kbits: int) -> None:
    """Byte for byte, however often it is asked for what is ready."""
    sound = noise(20_000)
    assert encoded(sound, kbits, piece) == encoded(sound, kbits)


@given(st.sampled_from([32, 24, 16]), st.integers(0, 30_000))
@settings(deadline=None, max_examples=60)
def test_an_mp3_is_no_larger_than_is_reckoned_with(kbits: int, samples: int) -> None:
    """Of whole frames, the first of which tells the rate; and what fits so many bytes by `mp3_seconds` does fit."""
    mp3 = encoded(bytes(2 * samples), kbits)
    assert len(mp3) % FRAME_BYTES[kbits] == 0
    assert mp3_seconds(len(mp3), kbits) <= samples / RATE
    assert len(mp3) // FRAME_BYTES[kbits] * FRAME >= samples + LATE - FRAME


def test_of_nothing_there_is_next_to_nothing() -> None:
    """The frames an encoder ends with."""
    assert len(encoded(b"", 32)) <= 3 * 144


@pytest.mark.parametrize("kbits", [32, 24, 16])
@pytest.mark.parametrize("sound", [spoken(), noise(100_000)], ids=["speech", "noise"])
def test_an_mp3_can_be_begun_in_the_midst_of_another(sound: bytes, kbits: int) -> None:
    """A few silent frames first, no more than are reckoned with; and soon the very samples, none of them louder."""
    mp3 = encoded(sound, kbits)
    whole, size = decoded(mp3), FRAME_BYTES[kbits]
    longest = 0
    for first in range(0, len(mp3) // size - 5, 7):
        lead = lead_in(io.BytesIO(mp3), first * size, kbits)
        heard = decoded(lead + mp3[first * size :])
        count = len(lead) // size
        longest = max(longest, count)
        assert not heard[: count * FRAME].any()
        there, here = whole[first * FRAME :], heard[count * FRAME :]
        assert len(there) == len(here)
        assert np.abs(here[: 2 * FRAME]).max() <= np.abs(there[: 2 * FRAME]).max() + 0.05
        assert np.array_equal(here[2 * FRAME :], there[2 * FRAME :])
    assert 1 <= longest <= 5


@pytest.mark.skipif(sys.platform != "linux", reason="no other system limits it likewise")
@pytest.mark.parametrize("short_of_memory", ["encoders", "sound", "threads"])
def test_where_memory_is_short_that_is_what_is_told(short_of_memory: str) -> None:
    """Not what LAME or a thread makes of it; and LAME writes nothing of its own."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", STARVED, short_of_memory], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
