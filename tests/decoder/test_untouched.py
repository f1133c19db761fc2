"""A file goes out as it is only if the plainest reader behind the API reads it, and it is what it says."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from benchmarks import handmade
from bot.decoder import untouched
from tests.decoder.ear import RATE, purity, sent
from tests.decoder.jobs import fit, only
from tests.fixtures import Recording

if TYPE_CHECKING:
    from pathlib import Path

SOUND = (b"data", handmade.interleaved(1))
FORM = handmade.pcm_format()


def form(**wrong: int) -> tuple[bytes, bytes]:
    """A `fmt ` with a number that is not true."""
    numbers = {"kind": 1, "channels": 1, "rate": RATE, "bytes": 2 * RATE, "block": 2, "bits": 16} | wrong
    return b"fmt ", struct.pack("<HHIIHH", *numbers.values())


PLAIN = {
    "the plainest": handmade.riff(FORM, SOUND),
    "stereo": handmade.wav(2),
    "with a name": handmade.riff((b"LIST", b"INFOINAM\4\0\0\0Note"), FORM, SOUND, (b"id3 ", b"odd")),
    "with an extended fmt": handmade.riff((b"fmt ", FORM[1] + b"\0\0"), SOUND),
}
ODD = {
    "RF64": b"RF64\xff\xff\xff\xff"
    + handmade.riff((b"ds64", struct.pack("<QQQI", 64_080, 64_000, 32_000, 0)), FORM, SOUND)[8:],
    "a second fmt": handmade.riff(FORM, form(rate=8_000), SOUND),
    "a second data": handmade.riff(FORM, SOUND, SOUND),
    "fmt behind data": handmade.riff(SOUND, FORM),
    "three channels": handmade.wav(3),
    "a channel mask": handmade.wav(1, mask=4),
    "another block": handmade.riff(form(block=4, bytes=4 * RATE), SOUND),
    "another byte rate": handmade.riff(form(bytes=16_000), SOUND),
    "half a sample": handmade.riff(FORM, (b"data", SOUND[1] + b"\0")),
    "cut off": handmade.riff(FORM, SOUND)[:-1_000],
    "something behind it": handmade.riff(FORM, SOUND) + bytes(1_000),
    "a chunk that goes beyond": handmade.riff(FORM, SOUND, (b"LIST", b"12345678")).replace(
        b"LIST\x08", b"LIST\xf8"
    ),
}


def written(folder: Path, content: bytes) -> Path:
    """As a file."""
    source = folder / "source"
    source.write_bytes(content)
    return source


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_wav_goes_out_untouched(name: str, tmp_path: Path) -> None:
    """Chunks nobody has to know do no harm, where their sizes are true."""
    source = written(tmp_path, PLAIN[name])
    result = fit(source)
    assert not result.transcoded
    assert only(result).seconds == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("name", ODD)
def test_an_odd_wav_is_made_plain(name: str, tmp_path: Path) -> None:
    """Whatever FFmpeg, which reads nearly all, makes of it: what is sent is plain, if there is anything to be heard."""
    source = written(tmp_path, ODD[name])
    if name == "fmt behind data":
        # Nobody finds the sound then.
        return
    assert fit(source).transcoded
    assert purity(sent(source)) > 0.8


def xing(content: bytes, frames: int) -> bytes:
    """With so many frames announced in its first."""
    at = max(content.find(b"Xing"), content.find(b"Info"))
    assert at > 0
    return content[: at + 8] + struct.pack(">I", frames) + content[at + 12 :]


@pytest.mark.parametrize("rate", [48_000, 44_100, 22_050, 16_000, 11_025, 8_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_an_mp3_that_announces_what_it_has_goes_out_untouched(
    rate: int, channels: int, tmp_path: Path
) -> None:
    """One that announces more is made anew, at whatever rate: players and servers would wait for the rest."""
    made = Recording(container="mp3", codec="libmp3lame", rate=rate, channels=channels).write(
        tmp_path / "made"
    )
    content = made.read_bytes()
    frames = round(2.0 * rate / (1_152 if rate > 24_000 else 576))
    assert not fit(written(tmp_path, content)).transcoded
    assert not fit(written(tmp_path, xing(content, frames))).transcoded
    assert fit(written(tmp_path, xing(content, frames + 30))).transcoded
    assert fit(written(tmp_path, content[: len(content) * 2 // 3])).transcoded


def test_an_mp3_of_fraunhofers_encoder_is_held_to_its_word(tmp_path: Path) -> None:
    """Its announcement is called otherwise, and stands elsewhere."""
    content = Recording(container="mp3", codec="libmp3lame").write(tmp_path / "made").read_bytes()
    start = content.index(b"\xff\xfb")
    at = max(content.find(b"Xing"), content.find(b"Info"))

    def announcing(frames: int) -> bytes:
        told = b"VBRI" + struct.pack(">HHHII", 1, 0, 0, len(content), frames) + bytes(8)
        made = content[:at] + bytes(8) + content[at + 8 :]
        return made[: start + 36] + told + made[start + 36 + len(told) :]

    assert not fit(written(tmp_path, announcing(83))).transcoded
    assert fit(written(tmp_path, announcing(500))).transcoded


@pytest.mark.parametrize("name", [*PLAIN, *ODD])
def test_only_a_plain_header_is_believed(name: str, tmp_path: Path) -> None:
    """Whatever FFmpeg made of the rest: others go by the header alone."""
    content = PLAIN.get(name) or ODD[name]
    told = untouched.wav_seconds(str(written(tmp_path, content)))
    assert told == (2.0 if name in PLAIN else None)
