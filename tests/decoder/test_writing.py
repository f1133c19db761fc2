"""Files that take a whole note, from the front of which parts are cut while more comes."""

from __future__ import annotations

import io
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decoder.sizes import mp3_seconds
from bot.decoder.writing import Mp3, Wav

if TYPE_CHECKING:
    from pathlib import Path

RATE, FRAME = 16_000, 576
LATE = 1_105
"""Samples by which a decoded MP3 lags behind what went in."""
BEHIND = 0.5
"""Seconds that are there beyond a cut, at least, unless there is no more."""

Sound = np.ndarray[tuple[int], np.dtype[np.float64]]


def blocks(seconds: float) -> list[av.AudioFrame]:
    """Noise that comes and goes, a second at a time."""
    rng = np.random.default_rng(7)
    samples = round(seconds * RATE)
    loudness = np.repeat(rng.choice([0.01, 0.3, 0.9], samples // 900 + 1), 900)[:samples]
    sound = (loudness * rng.uniform(-1, 1, samples) * 32_000).astype("<i2")
    made: list[av.AudioFrame] = []
    for at in range(0, samples, RATE):
        made.append(av.AudioFrame(format="s16", layout="mono", samples=len(sound[at : at + RATE])))
        made[-1].sample_rate = RATE
        made[-1].planes[0].update(sound[at : at + RATE].tobytes())
    return made


def parts_of(whole: Wav | Mp3, seconds: float, cuts: list[float]) -> list[bytes]:
    """The files of its parts: each is cut as soon as that can be, those at the very end when all is there."""
    files: list[Path] = []
    left = sorted(cuts)
    with whole:
        there = 0.0
        for block in blocks(seconds):
            whole.write(block)
            there += block.samples / RATE
            while left and left[0] + BEHIND <= there:
                files.append(whole.cut(left.pop(0)))
        whole.end()
        files += [whole.cut(at) for at in left]
    return [file.read_bytes() for file in (*files, whole.rest())]


def decoded(content: bytes) -> Sound:
    """To FFmpeg's ears, from -1 to 1."""
    with av.open(io.BytesIO(content), "r") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(container.streams.audio[0])]
    return np.concatenate(frames).astype(float)


@given(st.lists(st.floats(0.0, 12.3), max_size=5))
@settings(deadline=None, max_examples=20)
def test_parts_of_a_wav_are_the_whole(tmp_path_factory: pytest.TempPathFactory, cuts: list[float]) -> None:
    """Sample by sample, each with a header of its own."""
    folder = tmp_path_factory.mktemp("wav")
    [whole] = parts_of(Wav(folder / "whole.wav", 60.0), 12.3, [])
    parts = parts_of(Wav(folder / "audio.wav", 60.0), 12.3, cuts)
    assert len(parts) == len(cuts) + 1
    assert all(
        part[:4] == b"RIFF" and int.from_bytes(part[40:44], "little") == len(part) - 44 for part in parts
    )
    assert b"".join(part[44:] for part in parts) == whole[44:]


@pytest.mark.parametrize("kbits", [32, 24, 16])
@given(lengths=st.lists(st.floats(0.5, 3.0), max_size=4))
@settings(deadline=None, max_examples=20)
def test_parts_of_an_mp3_are_the_whole(
    tmp_path_factory: pytest.TempPathFactory, kbits: int, lengths: list[float]
) -> None:
    """Wherever it is cut. Each decodes to silent frames, then two that fade in, and then the samples of the whole."""
    folder, size, cuts = tmp_path_factory.mktemp("mp3"), kbits * 9 // 2, list(accumulate(lengths))
    [whole] = parts_of(Mp3(folder / "whole.mp3", kbits), 12.3, [])
    parts = parts_of(Mp3(folder / "audio.mp3", kbits), 12.3, cuts)
    heard, at = decoded(whole), 0
    for part, (start, end) in zip(parts, pairwise([0.0, *cuts, 12.3]), strict=True):
        lead = next(lead for lead in range(0, 6 * size, size) if whole.startswith(part[lead:], at))
        assert abs(at // size * FRAME - LATE - start * RATE) <= (FRAME if at else LATE)
        # A part that would be as long as its bytes allow is as long as that.
        assert mp3_seconds(len(part), kbits) <= end - start
        sound, frames = decoded(part), (len(part) - lead) // size
        assert not sound[: lead // size * FRAME].any()
        there = heard[at // size * FRAME :][: frames * FRAME]
        fade = 2 * FRAME if at else 0
        assert np.array_equal(sound[lead // size * FRAME :][fade:], there[fade:])
        at += len(part) - lead
    assert at == len(whole)
