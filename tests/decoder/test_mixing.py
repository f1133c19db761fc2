"""Silence is known for what it is; a voice never is taken for it, however soft."""

from __future__ import annotations

import subprocess
import wave
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from bot.decoder import Verdict
from tests.decoder.jobs import fit, only, verdict
from tests.journeys.stage import SAMPLE

if TYPE_CHECKING:
    from pathlib import Path

RATE = 16_000

Sound = np.ndarray[tuple[int], np.dtype[np.float64]]


def write(path: Path, sound: Sound, rate: int = RATE, channels: int = 1) -> Path:
    """As 16-bit WAV; full scale is 1, and of several channels a sample of each follows the other."""
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", "not compressed"))
        file.writeframes((sound * 32_767).round().astype("<i2").tobytes())
    return path


def decibels(value: float) -> float:
    """As a factor."""
    return 10.0 ** (value / 20)


def noise(seconds: float, level: float, *, pink: bool) -> Sound:
    """Of that level, RMS; the same each time."""
    count = round(seconds * RATE)
    sound = np.random.default_rng(1).standard_normal(count)
    if pink:
        falling = np.maximum(1, np.arange(count // 2 + 1)) ** 0.5
        sound = np.fft.irfft(np.fft.rfft(sound) / falling, count)
    return sound / sound.std() * decibels(level)


def hum(seconds: float, level: float) -> Sound:
    """Of the mains, 50 Hz; `level` is its peak."""
    return np.sin(2 * np.pi * 50 * np.arange(round(seconds * RATE)) / RATE) * decibels(level)


SILENCES = {
    "digital": np.zeros(5 * RATE),
    "room": noise(5, -70, pink=False),
    "dull room": noise(5, -65, pink=True),
    "hum": hum(5, -20),
    "hum and room": hum(5, -25) + noise(5, -70, pink=True),
    "offset": np.full(5 * RATE, 0.02),
    "shortest": np.zeros(RATE // 20),
}


@pytest.mark.parametrize("silence", SILENCES)
@pytest.mark.parametrize("formats", [("wav",), ("mp3",)], ids=str)
def test_a_note_without_a_voice_is_silent(silence: str, formats: tuple[str, ...], tmp_path: Path) -> None:
    """Whether it would be sent untouched or not."""
    assert verdict(write(tmp_path / "source", SILENCES[silence]), formats=formats) is Verdict.SILENT


def sample() -> Sound:
    """The sample note, as it was recorded."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(str(SAMPLE)) as container:
        pieces = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces]) / 32_768


@pytest.mark.parametrize("softer", [0, 20, 30, 40])
@pytest.mark.parametrize("formats", [("wav",), ("mp3",)], ids=str)
def test_a_soft_voice_is_heard(softer: float, formats: tuple[str, ...], tmp_path: Path) -> None:
    """The sample note, some decibels below its usual, in the noise of a room."""
    voice = sample() * decibels(-softer)
    assert fit(write(tmp_path / "source", voice), formats=formats).parts
    assert fit(write(tmp_path / "source", voice + noise(len(voice) / RATE, -70, pink=True))).parts


def test_one_soft_word_in_a_long_silence_is_heard(tmp_path: Path) -> None:
    """Ten minutes of nothing around it."""
    silence = np.zeros(300 * RATE)
    voice = np.concatenate([silence, sample()[RATE : 2 * RATE] * decibels(-30), silence])
    assert only(fit(write(tmp_path / "source", voice))).seconds == pytest.approx(601.0, abs=0.1)


def test_channels_that_cancel_each_other_out_are_no_silence(tmp_path: Path) -> None:
    """One of two was wired the wrong way round: mixed, nothing is left; one alone is sent. Silence stays silence."""
    voice = sample()
    result = fit(write(tmp_path / "source", np.stack([voice, -voice], axis=1).reshape(-1), channels=2))
    assert result.transcoded
    with wave.open(only(result).path) as file:
        sent = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768
    assert float(np.std(sent)) == pytest.approx(float(np.std(voice)), rel=0.05)
    assert verdict(write(tmp_path / "source", np.zeros(4 * RATE), channels=2)) is Verdict.SILENT


def test_another_voice_is_heard(tmp_path: Path) -> None:
    """A synthetic one, attenuated by 30 dB."""
    spoken = tmp_path / "spoken.wav"
    try:
        subprocess.run(  # noqa: S603
            ["text2wave", "-o", str(spoken)],  # noqa: S607
            input=b"Please call Stella.",
            check=True,
        )
    except FileNotFoundError:
        pytest.skip("festival is not installed")
    with wave.open(str(spoken)) as file:
        rate = file.getframerate()
        voice = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32_768
    assert fit(write(tmp_path / "source", voice * decibels(-30), rate)).parts
