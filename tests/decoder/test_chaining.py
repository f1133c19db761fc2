"""Files within a file: every link of a chain is heard, tags before and behind are no part of it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from benchmarks import handmade
from bot.decoder import Fit, chaining, prepare
from tests.decoder.ear import RATE, purity, sent
from tests.decoder.jobs import fit, job, only
from tests.fixtures import Recording

if TYPE_CHECKING:
    from pathlib import Path

MONO = Recording(container="ogg", codec="libopus")
LINKS = {
    "opus mono": MONO,
    "opus stereo": Recording(container="ogg", codec="libopus", channels=2),
    "vorbis 44.1": Recording(container="ogg", codec="vorbis", channels=2, rate=44_100),
    "vorbis 22": Recording(container="ogg", codec="vorbis", channels=2, rate=22_050),
    "flac 16": Recording(container="ogg", codec="flac", rate=16_000),
    "flac 48 stereo": Recording(container="ogg", codec="flac", channels=2),
}


def links(folder: Path, *names: str, seconds: float = 1.0) -> list[bytes]:
    """An Ogg file of each."""
    return [LINKS[name].write(folder / "link", seconds=seconds).read_bytes() for name in names]


def assert_heard(source: Path, *, seconds: float, **wanted: object) -> None:
    """All of it, and it is the tone."""
    sound = sent(source, **wanted)
    assert len(sound) / RATE == pytest.approx(seconds, abs=0.15)
    assert purity(sound) > 0.9


@pytest.mark.parametrize(
    "names",
    [
        ("opus mono", "opus stereo"),
        ("opus stereo", "opus mono", "opus stereo"),
        ("opus mono", "opus mono"),
        ("vorbis 44.1", "vorbis 22"),
        ("flac 16", "flac 48 stereo"),
        ("opus mono", "vorbis 44.1", "flac 16"),
    ],
    ids=" + ".join,
)
@pytest.mark.parametrize("formats", [("wav",), ("mp3",), ("wav", "ogg")], ids=str)
def test_every_link_of_a_chain_is_heard(
    names: tuple[str, ...], formats: tuple[str, ...], tmp_path: Path
) -> None:
    """Whatever differs between them. What is sent is one sound, in a format that has no links."""
    source = tmp_path / "source"
    source.write_bytes(b"".join(links(tmp_path, *names)))
    assert_heard(source, seconds=float(len(names)), formats=formats)
    result = fit(source, formats=formats)
    assert result.transcoded
    assert not result.cut_short


def test_junk_between_links_costs_nothing(tmp_path: Path) -> None:
    """Nor does a link that begins like one and is none."""
    first, second = links(tmp_path, "opus mono", "opus stereo")
    source = tmp_path / "source"
    source.write_bytes(first + b"Ogg" + bytes(100_000) + b"OggX" + second)
    assert_heard(source, seconds=2.0)
    hollow = second[: second.index(b"OggS", 1)]
    source.write_bytes(first + hollow + second)
    assert_heard(source, seconds=2.0)


def test_a_first_link_without_sound_is_passed_over(tmp_path: Path) -> None:
    """Its codec is one nobody knows."""
    first, second = links(tmp_path, "opus mono", "flac 16")
    source = tmp_path / "source"
    source.write_bytes(first.replace(b"OpusHead", b"NopeHead") + second)
    assert_heard(source, seconds=1.0)


def test_a_last_link_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """What was heard is sent, with the word that there is more."""
    first, second = links(tmp_path, "opus mono", "opus stereo")
    source = tmp_path / "source"
    source.write_bytes(first + second.replace(b"OpusHead", b"NopeHead"))
    result = prepare(job(source))
    assert isinstance(result, Fit)
    assert result.cut_short
    assert only(result).seconds == pytest.approx(1.0, abs=0.1)


def test_more_links_than_are_opened_are_told(tmp_path: Path) -> None:
    """A thousand of them, one song each, is more than a radio plays in a day."""
    [link] = links(tmp_path, "opus mono", seconds=0.1)
    assert len(chaining.stretches(str(_written(tmp_path, link * 1_100)))) == 1_001
    result = fit(_written(tmp_path, link * 1_100), formats=("mp3",))
    assert result.cut_short
    assert 95 < only(result).seconds < 105


def _written(folder: Path, content: bytes) -> Path:
    source = folder / "source"
    source.write_bytes(content)
    return source


FORMATS = {
    "wav": Recording(container="wav", codec="pcm_s16le"),
    "aiff": Recording(container="aiff", codec="pcm_s16be"),
    "caf": Recording(container="caf", codec="pcm_s16le"),
    "w64": Recording(container="w64", codec="pcm_s16le"),
    "au": Recording(container="au", codec="pcm_s16be"),
    "wavpack": Recording(container="wv", codec="wavpack"),
    "tta": Recording(container="tta", codec="tta"),
    "webm": Recording(container="webm", codec="libopus"),
    "wma": Recording(container="asf", codec="wmav2", bit_rate=64_000),
    "m4a": Recording(container="ipod", codec="aac"),
    "mov": Recording(container="mov", codec="pcm_s16le", film=True),
    "ogg": MONO,
    "flac": Recording(container="flac", codec="flac"),
    "mp3": Recording(container="mp3", codec="libmp3lame"),
    "aac": Recording(container="adts", codec="aac"),
    "amr": Recording(container="amr", codec="libopencore_amrnb", rate=8_000),
    "avi": Recording(container="avi", codec="libmp3lame", film=True),
    "flv": Recording(container="flv", codec="libmp3lame", rate=44_100),
}


@pytest.mark.parametrize("name", FORMATS)
def test_a_tag_before_any_file_is_passed_over(name: str, tmp_path: Path) -> None:
    """As some taggers put it before all they meet; small, large, several; what is sent begins without it."""
    content = FORMATS[name].write(tmp_path / "made").read_bytes()
    for tags in (handmade.id3(), handmade.id3(300_000), handmade.id3() + handmade.id3(5_000)):
        assert_heard(_written(tmp_path, tags + content), seconds=2.0)
    tagged = _written(tmp_path, handmade.id3() + content)
    untouched = not fit(tagged, formats=("wav", "mp3", "aac", "flac", "ogg", "m4a", "aiff")).transcoded
    assert untouched == (name in {"mp3", "aac"})


def ape_tag(size: int) -> bytes:
    """An APEv2 tag with a header, as players write it behind a file; it holds a cover of that size."""
    item = struct.pack("<II", size, 2) + b"Cover Art (Front)\0" + b"\xa5" * size
    ends = [
        b"APETAGEX" + struct.pack("<IIII", 2_000, len(item) + 32, 1, flags) + bytes(8)
        for flags in (0xA0000000, 0x80000000)
    ]
    return ends[0] + item + ends[1]


@pytest.mark.parametrize("name", ["mp3", "wavpack", "tta", "aac"])
def test_tags_behind_a_file_are_no_missing_end(name: str, tmp_path: Path) -> None:
    """However large the cover is: nothing of the sound is lost, and nobody is told that."""
    content = FORMATS[name].write(tmp_path / "made").read_bytes()
    source = _written(tmp_path, content + ape_tag(200_000) + b"TAG" + bytes(125))
    assert_heard(source, seconds=2.0, formats=("wav",))
    assert not fit(source, formats=("wav",)).cut_short
