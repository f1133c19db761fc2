"""Long notes in parts: about equal, none too long, cut in pauses, nothing lost between them."""

from __future__ import annotations

import array
import math
import wave
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.decoder.cutting import cuts
from tests.decoder.jobs import fit
from tests.fixtures import Recording

if TYPE_CHECKING:
    from bot.decoder import Fit

RATE = 16_000
WORD, PAUSE = 1.5, 0.5
LOUD, SOFT = -15.0, -80.0

MOMENTS = st.lists(st.floats(-90, 0), min_size=0, max_size=3_000)


@given(MOMENTS, st.floats(1.0, 400.0), st.floats(10.0, 100.0))
def test_no_part_is_longer_than_allowed(levels: list[float], seconds: float, most: float) -> None:
    """Nor much shorter than the others, whatever was heard; levels and length need not even agree."""
    places = [0.0, *cuts(levels, seconds, most), seconds]
    lengths = [end - start for start, end in pairwise(places)]
    assert max(lengths) <= most + 1e-6
    if len(lengths) > 1:
        assert min(lengths) >= seconds / len(lengths) - 0.1 * most - 1e-6


def test_a_note_that_fits_is_not_cut() -> None:
    """Not even one of exactly the length of a part."""
    assert cuts([LOUD] * 600, 60.0, 60.0) == []


def test_a_cut_is_in_the_middle_of_a_pause() -> None:
    """Of the one that is near and long; a breath is none."""
    levels = [LOUD] * 1_000
    levels[470:472] = [SOFT] * 2
    levels[480:490] = [SOFT] * 10
    levels[515:519] = [SOFT] * 4
    assert cuts(levels, 100.0, 60.0) == [48.5]


def test_in_a_noisy_room_pauses_are_relative() -> None:
    """Noise of -45 dB is no silence, but far below the voice."""
    levels = [LOUD] * 1_000
    levels[505:510] = [-45.0] * 5
    assert cuts(levels, 100.0, 60.0) == [50.75]


def test_without_a_pause_the_softest_moment_will_do() -> None:
    """There has to be a cut somewhere; of equals, the nearest."""
    levels = [LOUD] * 1_000
    assert cuts(levels, 100.0, 60.0) == [pytest.approx(50.0, abs=0.1)]
    levels[488] = LOUD - 6
    assert cuts(levels, 100.0, 60.0) == [48.85]


def pitch(word: int) -> float:
    """Every word its own."""
    return 300.0 + 25.0 * word


def spoken(path: Path, words: int) -> Path:
    """A note of words with pauses between them."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        for word in range(words):
            step = 2 * math.pi * pitch(word) / RATE
            tone = array.array("h", (round(9_000 * math.sin(step * n)) for n in range(round(WORD * RATE))))
            file.writeframes(tone.tobytes() + bytes(2 * round(PAUSE * RATE)))
    return path


def sound_of(path: str) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The samples of a WAV or MP3, to FFmpeg's ears."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(path) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


def dominant(sound: np.ndarray[tuple[int], np.dtype[np.int16]]) -> float:
    """The frequency with the most energy."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * RATE / len(sound)


def assert_every_word_is_whole(result: Fit, words: int) -> None:
    """Each in exactly one part, where its start says."""
    sounds = [(part, sound_of(part.path)) for part in result.parts]
    for word in range(words):
        start = word * (WORD + PAUSE)
        [(part, sound)] = [
            (part, sound)
            for part, sound in sounds
            if part.start <= start + WORD / 2 < part.start + part.seconds
        ]
        assert part.start <= start + 0.05
        assert start + WORD <= part.start + part.seconds + 0.05
        at = round((start - part.start) * RATE)
        middle = sound[at + RATE // 4 : at + RATE]
        assert dominant(middle) == pytest.approx(pitch(word), abs=3.0)


@pytest.mark.parametrize(
    ("formats", "form"), [(("wav",), "wav"), (("mp3",), "mp3"), (("wav", "mp3"), "mp3")], ids=str
)
def test_a_long_note_is_cut_in_its_pauses(formats: tuple[str, ...], form: str, tmp_path: Path) -> None:
    """Into files that play by themselves, which together are as long as the note, and no word in two of them."""
    words = 65
    source = spoken(tmp_path / "source", words)
    result = fit(source, formats=formats, part_seconds=40.0)
    total = words * (WORD + PAUSE)
    assert (result.format, result.transcoded) == (form, True)
    assert len(result.parts) == 4
    assert sum(part.seconds for part in result.parts) == pytest.approx(total, abs=0.01)
    for part, following in pairwise(result.parts):
        assert part.start + part.seconds == pytest.approx(following.start)
    for part in result.parts:
        assert part.seconds <= 40.0
        assert Path(part.path).stat().st_size == part.bytes
        assert len(sound_of(part.path)) / RATE == pytest.approx(part.seconds, abs=0.08)
    assert_every_word_is_whole(result, words)
    # What it was cut from is not left lying about.
    assert {path.name for path in tmp_path.iterdir()} == {
        "source",
        *(Path(part.path).name for part in result.parts),
    }


@pytest.mark.parametrize(("formats", "budget"), [(("wav",), 700_000), (("mp3",), 50_000)], ids=str)
def test_parts_keep_to_the_budget(formats: tuple[str, ...], budget: int, tmp_path: Path) -> None:
    """Where no bit rate makes the whole note fit one request, there are as many as it takes."""
    words = 40
    result = fit(spoken(tmp_path / "source", words), formats=formats, budget=budget)
    assert len(result.parts) > 1
    assert all(0.5 * budget < part.bytes <= budget for part in result.parts)
    assert_every_word_is_whole(result, words)


def test_a_better_bit_rate_is_not_given_up_for_fewer_parts(tmp_path: Path) -> None:
    """It is chosen for a part of the usual length, not for the whole note."""
    source = Recording(container="flac", codec="flac", rate=16_000).write(tmp_path / "source", seconds=100.0)
    result = fit(source, formats=("mp3",), budget=150_000, part_seconds=35.0)
    assert sum(part.bytes for part in result.parts) == pytest.approx(100 * 32 * 125, rel=0.01)


def test_a_fit_file_that_is_too_long_is_cut(tmp_path: Path) -> None:
    """Untouched is for what need not be touched."""
    source = Recording(container="mp3", codec="libmp3lame").write(tmp_path / "source", seconds=50.0)
    assert not fit(source, part_seconds=60.0).transcoded
    result = fit(source, part_seconds=30.0)
    assert (result.transcoded, len(result.parts)) == (True, 2)
    lying = tmp_path / "lying"
    short = Recording(container="mp3", codec="libmp3lame").write(tmp_path / "short", seconds=1.0)
    lying.write_bytes(short.read_bytes() + source.read_bytes())
    assert len(fit(lying, part_seconds=30.0).parts) == 2
