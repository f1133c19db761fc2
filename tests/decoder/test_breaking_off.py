"""A recording that can't be had to its end never looks as if it were whole."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from benchmarks import handmade
from benchmarks.recordings import RECIPES, Recipe
from bot.decoder import Fit, Verdict, prepare
from tests.decoder.bombs import hours_of_opus
from tests.decoder.ear import purity, sent
from tests.decoder.jobs import fit, job

if TYPE_CHECKING:
    from pathlib import Path

MADE = [recipe for recipe in RECIPES if isinstance(recipe, Recipe)]
COUNTING = {
    "mp3-cbr", "mp3-vbr", "mp3-cover", "mp4-fragments", "webm-opus", "mkv-aac", "mkv-flac", "wav-u8", "wav-s16le",
    "wav-alaw", "wav-adpcm-ms", "aiff", "aiff-c", "flac", "wavpack", "tta", "au",
}  # fmt: skip
"""Those whose beginning tells how long they are, so that a file cut in half is known to be one."""


def seconds(result: Fit) -> float:
    """Of all its parts."""
    return sum(part.seconds for part in result.parts)


@pytest.mark.parametrize("recipe", MADE, ids=lambda recipe: recipe.name)
def test_a_whole_file_is_whole(recipe: Recipe, tmp_path: Path) -> None:
    """Nobody is told that something is missing where nothing is."""
    source = tmp_path / "source"
    source.write_bytes(recipe.make(8.0))
    result = fit(source, formats=("wav",))
    assert not result.cut_short
    assert seconds(result) == pytest.approx(8.0, abs=0.2)


@pytest.mark.parametrize("recipe", MADE, ids=lambda recipe: recipe.name)
def test_a_wound_in_the_middle_never_ends_a_recording_in_silence(recipe: Recipe, tmp_path: Path) -> None:
    """It is read on from behind the wound, or it is told that there was more."""
    whole = recipe.make(8.0)
    size = max(64, len(whole) // 20)
    middle = len(whole) // 2
    source = tmp_path / "source"
    for filling in (bytes(size), b"\xa5" * size, b""):
        source.write_bytes(whole[:middle] + filling + whole[middle + size :])
        result = prepare(job(source, formats=("wav",)))
        if isinstance(result, Fit) and seconds(result) < 5.5:
            # Of ADPCM that is out of step FFmpeg decodes one block or the other; nobody can tell.
            assert result.cut_short or recipe.name == "wav-adpcm-ms"


@pytest.mark.parametrize("recipe", [r for r in MADE if r.name in COUNTING], ids=lambda recipe: recipe.name)
def test_a_file_that_was_cut_is_told(recipe: Recipe, tmp_path: Path) -> None:
    """Half an upload: by what the beginning announces."""
    whole = recipe.make(8.0)
    source = tmp_path / "source"
    source.write_bytes(whole[: len(whole) // 2])
    result = fit(source)
    assert result.cut_short
    assert result.transcoded
    assert 2.5 < seconds(result) < 4.5


def test_only_the_last_part_ends_early(tmp_path: Path) -> None:
    """However many parts there are, it is told once; each is the tone."""
    whole = next(recipe for recipe in MADE if recipe.name == "flac").make(20.0)
    source = tmp_path / "source"
    source.write_bytes(whole[: len(whole) // 2])
    result = fit(source, formats=("wav",), part_seconds=4.0)
    assert len(result.parts) > 2
    assert result.cut_short


@pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF], ids=hex)
def test_a_size_nobody_knew_is_no_missing_end(size: int, tmp_path: Path) -> None:
    """As encoders write it who stream, and cannot go back to the header."""
    content = handmade.wav()
    data = content.index(b"data") + 4
    source = tmp_path / "source"
    source.write_bytes(content[:data] + struct.pack("<I", size) + content[data + 4 :])
    result = fit(source)
    assert result.transcoded
    assert not result.cut_short
    assert purity(sent(source)) > 0.9


def test_junk_behind_a_recording_is_none_of_it(tmp_path: Path) -> None:
    """A film's table tells where its sound is, a WAV's header where it ends."""
    source = tmp_path / "source"
    for content in (handmade.mov(), handmade.wav()):
        source.write_bytes(content + b"\xa5" * len(content))
        assert not fit(source).cut_short


def test_an_end_without_sound_in_it_is_told(tmp_path: Path) -> None:
    """Frames of AAC, each announced rightly, in which there is nothing: nobody counted them before."""
    whole = bytearray(next(recipe for recipe in MADE if recipe.name == "aac-adts").make(8.0))
    at = 0
    while at < len(whole):
        size = (whole[at + 3] & 3) << 11 | whole[at + 4] << 3 | whole[at + 5] >> 5
        if at > len(whole) // 2:
            whole[at + 7 : at + size] = b"\xff" * (size - 7)
        at += size
    source = tmp_path / "source"
    source.write_bytes(whole)
    result = fit(source)
    assert result.cut_short
    assert 3.5 < seconds(result) < 4.5


def test_an_end_behind_an_error_is_told(tmp_path: Path) -> None:
    """WavPack whose blocks are gone from the middle on, and that does not say how long it is."""
    whole = bytearray(next(recipe for recipe in MADE if recipe.name == "wavpack").make(8.0))
    blocks = [at for at in range(len(whole)) if whole.startswith(b"wvpk", at)]
    for at in blocks:
        whole[at + 12 : at + 16] = b"\xff" * 4  # samples in all: unknown
    middle = blocks[len(blocks) // 2]
    whole[middle:] = b"\xa5" * (len(whole) - middle)
    source = tmp_path / "source"
    source.write_bytes(whole)
    result = fit(source)
    assert result.cut_short
    assert 3.0 < seconds(result) < 4.6


@pytest.mark.parametrize("part_seconds", [900.0, 10.0], ids=["before anything was told", "half way"])
def test_a_silence_blown_up_costs_nobody_what_was_said_before_it(
    part_seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is sent, with the word that there is more; of the silence, no more than it shares a part with."""
    # A minute is enough, where it is a quarter of an hour otherwise, and more for what was said: that takes long to decode.
    monkeypatch.setattr("bot.decoder.reading._SAMPLES_AT_LEAST", 60 * 48_000)
    monkeypatch.setattr("bot.decoder.reading._SAMPLES_A_BYTE", 1)
    source = tmp_path / "source"
    hours_of_opus(source, 0.3)
    endless = source.read_bytes()
    source.write_bytes(next(recipe for recipe in MADE if recipe.name == "ogg-opus").make(25.0) + endless)
    result = fit(source, most_seconds=10_800.0, part_seconds=part_seconds)
    assert result.cut_short is Verdict.SILENT
    assert result.parts[0].start == 0.0
    assert 25.0 <= seconds(result) <= 25.0 + part_seconds
