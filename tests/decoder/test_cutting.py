"""Long notes in parts: about equal, none too long, cut in pauses, nothing lost between them."""

from __future__ import annotations

import array
import math
import wave
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.decoder.cutting import Cutter
from tests.decoder.jobs import fit
from tests.fixtures import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.audio.stream import AudioStream

    from bot.decoder import Fit

RATE = 16_000
FRAME_BYTES = 144
"""Of an MP3 of 32 kbit/s."""
WORD, PAUSE = 1.5, 0.5
LOUD, SOFT = -15.0, -80.0

MOMENTS = st.lists(st.floats(-90, 0), min_size=0, max_size=3_000)


def cuts(levels: Sequence[float], seconds: float, most: float, *, announced: float | None) -> list[float]:
    """Where a note is cut whose sound comes a tenth of a second at a time."""
    cutter, found = Cutter(announced, most), list[float]()
    for tenths in range(round(seconds * 10) + 1):
        while (end := cutter.next(levels[:tenths], tenths / 10)) is not None:
            found.append(end)
    while (end := cutter.next(levels, seconds, ended=True)) is not None:
        found.append(end)
    return found


@given(
    MOMENTS,
    st.floats(1.0, 300.0),
    st.floats(10.0, 100.0),
    st.none() | st.floats(1.0, 600.0),
)
@settings(deadline=None, max_examples=60)
def test_no_part_is_longer_than_allowed(
    levels: list[float], seconds: float, most: float, announced: float | None
) -> None:
    """Whatever was heard, and whatever was announced; levels and length need not even agree."""
    places = [0.0, *cuts(levels, seconds, most, announced=announced), seconds]
    lengths = [end - start for start, end in pairwise(places)]
    assert max(lengths) <= most + 1e-6
    assert min(lengths) >= 0


@given(st.floats(31.0, 600.0), st.floats(30.0, 100.0))
@settings(deadline=None, max_examples=40)
def test_a_note_that_tells_its_length_is_cut_into_about_equal_parts(seconds: float, most: float) -> None:
    """But for the first, which is short."""
    levels = [LOUD] * math.ceil(seconds * 10)
    places = [0.0, *cuts(levels, seconds, most, announced=seconds), seconds]
    first, *others = [end - start for start, end in pairwise(places)]
    if not others:
        assert seconds <= most
        return
    assert first == pytest.approx(min(60.0, most / 2), rel=0.17)
    assert max(others) - min(others) <= 0.2 * most


def test_a_note_that_fits_is_not_cut() -> None:
    """Not even one of exactly the length of a part, or one that says it is longer."""
    assert cuts([LOUD] * 600, 60.0, 60.0, announced=60.0) == []
    assert cuts([LOUD] * 600, 60.0, 60.0, announced=None) == []
    assert cuts([LOUD] * 200, 20.0, 60.0, announced=90.0) == []


@pytest.mark.parametrize("announced", [1_200.0, None, 20.0])
def test_a_long_note_is_cut_before_it_is_all_there(announced: float | None) -> None:
    """After some seconds if it says how long it is; else, as soon as it is found to be long."""
    cutter = Cutter(announced, 300.0)
    levels = [LOUD] * 12_000
    assert cutter.next(levels[:650], 65.0) is None
    enough = 71.0 if announced == 1_200.0 else 300.1
    assert cutter.next(levels[: round(enough * 10)], enough) == pytest.approx(60.0, abs=0.1)
    assert cutter.next(levels[: round(enough * 10)], enough) is None


def test_of_a_note_that_does_not_tell_its_length_no_scrap_is_left() -> None:
    """What is a little longer than a part becomes two."""
    levels = [LOUD] * 1_000
    places = [0.0, *cuts(levels, 93.0, 60.0, announced=None), 93.0]
    assert all(end - start > 10.0 for start, end in pairwise(places))


def test_a_cut_is_in_the_middle_of_a_pause() -> None:
    """Of the one that is near and long; a breath is none."""
    levels = [LOUD] * 1_000
    levels[270:272] = [SOFT] * 2
    levels[280:290] = [SOFT] * 10
    levels[315:319] = [SOFT] * 4
    assert cuts(levels, 80.0, 60.0, announced=80.0) == [28.5]


def test_in_a_noisy_room_pauses_are_relative() -> None:
    """Noise of -45 dB is no silence, but far below the voice."""
    levels = [LOUD] * 1_000
    levels[305:310] = [-45.0] * 5
    assert cuts(levels, 80.0, 60.0, announced=80.0) == [30.75]


def test_without_a_pause_the_softest_moment_will_do() -> None:
    """There has to be a cut somewhere; of equals, the nearest."""
    levels = [LOUD] * 1_000
    assert cuts(levels, 80.0, 60.0, announced=80.0) == [pytest.approx(30.0, abs=0.1)]
    levels[288] = LOUD - 6
    assert cuts(levels, 80.0, 60.0, announced=80.0) == [28.85]


def pitch(word: int) -> float:
    """Every word its own."""
    return 300.0 + 25.0 * word


def spoken(path: Path, words: int) -> Path:
    """A note of words with pauses between them."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        for word in range(words):
            angles = 2 * math.pi * pitch(word) / RATE * np.arange(round(WORD * RATE))
            tone = np.rint(9_000 * np.sin(angles)).astype("<i2")
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
    assert len(result.parts) == 5
    assert sum(part.seconds for part in result.parts) == pytest.approx(total, abs=0.01)
    for part, following in pairwise(result.parts):
        assert part.start + part.seconds == pytest.approx(following.start)
    for part in result.parts:
        assert part.seconds <= 40.0
        assert Path(part.path).stat().st_size == part.bytes
        # An MP3 has some frames beside: its delay, and what it begins with to be whole by itself.
        assert len(sound_of(part.path)) / RATE == pytest.approx(part.seconds, abs=0.15)
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
    assert all(0.3 * budget < part.bytes <= budget for part in result.parts)
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
    assert (result.transcoded, len(result.parts)) == (True, 3)
    lying = tmp_path / "lying"
    short = Recording(container="mp3", codec="libmp3lame").write(tmp_path / "short", seconds=1.0)
    lying.write_bytes(short.read_bytes() + source.read_bytes())
    result = fit(lying, part_seconds=30.0)
    assert len(result.parts) == 3
    assert all(10.0 < part.seconds <= 30.0 for part in result.parts)


def recorded(words: Path, path: Path, container: str, codec: str, **muxing: str) -> Path:
    """The same note, as another device records it."""
    with av.open(str(words)) as source, av.open(str(path), "w", format=container, options=muxing) as target:
        stream = cast("AudioStream", target.add_stream(codec, rate=48_000, layout="mono"))
        stream.bit_rate = 64_000
        resampler = av.AudioResampler(stream.format, "mono", 48_000, stream.frame_size or None)
        for frame in (*source.decode(audio=0), None):
            for piece in resampler.resample(frame):
                target.mux(cast("list[av.Packet[AudioStream]]", stream.encode(piece)))
        target.mux(cast("list[av.Packet[AudioStream]]", stream.encode(None)))
    return path


@pytest.mark.parametrize(
    ("container", "codec", "muxing", "tells_length"),
    [
        ("ogg", "libopus", {}, True),
        ("mp3", "libmp3lame", {}, True),
        ("ipod", "aac", {}, True),
        ("webm", "libopus", {"live": "1"}, False),
    ],
    ids=["ogg", "mp3 with its reservoir", "m4a with priming", "webm without an index"],
)
def test_no_word_is_lost_or_repeated_where_parts_meet(
    container: str, codec: str, muxing: dict[str, str], *, tells_length: bool, tmp_path: Path
) -> None:
    """In whatever it is recorded. Put together, the parts are the whole, byte for byte, but for what each begins with."""
    words = 50
    source = recorded(spoken(tmp_path / "words", words), tmp_path / "source", container, codec, **muxing)
    with av.open(str(source)) as opened:
        assert (opened.duration is not None) is tells_length
    # None of them is sent as it is.
    whole = Path(fit(source, formats=("mp3",), budget=600_000, part_seconds=140.0).parts[0].path).read_bytes()
    result = fit(source, formats=("mp3",), budget=600_000, part_seconds=25.0)
    assert len(result.parts) >= 5
    assert_every_word_is_whole(result, words)
    at = 0
    for part in result.parts:
        content = Path(part.path).read_bytes()
        [begins] = [
            lead for lead in range(0, 3 * FRAME_BYTES, FRAME_BYTES) if whole.startswith(content[lead:], at)
        ]
        at += len(content) - begins
    assert at == len(whole)


def test_parts_in_which_nobody_speaks_are_left_out(tmp_path: Path) -> None:
    """Where they are: the first of all, one in the middle, the last. Their files are gone."""
    path = tmp_path / "source"
    loud = array.array("h", (round(9_000 * math.sin(0.2 * n)) for n in range(RATE)))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        for second in range(110):
            speaks = 15 <= second < 30 or 75 <= second < 85
            file.writeframes(loud.tobytes() if speaks else bytes(2 * RATE))
    result = fit(path, part_seconds=20.0)
    assert result.seconds == pytest.approx(110.0, abs=0.01)
    assert result.parts[0].start > 5.0
    assert result.parts[-1].start + result.parts[-1].seconds < 110.0
    assert any(one.start + one.seconds < other.start for one, other in pairwise(result.parts))
    for second in (*range(15, 30), *range(75, 85)):
        assert any(part.start <= second + 0.5 < part.start + part.seconds for part in result.parts)
    assert {each.name for each in tmp_path.iterdir()} == {
        "source",
        *(Path(part.path).name for part in result.parts),
    }
