"""What can't be heard is told as what it is: protected, of another format, or no sound at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import handmade
from bot.decoder import Unfit, Verdict, prepare
from tests.decoder.jobs import fit, job, verdict
from tests.fixtures import Recording

if TYPE_CHECKING:
    from pathlib import Path

SCHEME = handmade.box(
    b"sinf",
    handmade.box(b"frma", b"mp4a"),
    handmade.full_box(b"schm", b"cenc\0\1\0\0"),
    handmade.box(b"schi", handmade.full_box(b"tenc", b"\0\0\1\x08" + bytes(16))),
)
PROTECTED_MP4 = {
    "common encryption": handmade.mov(entry=b"enca", inside=SCHEME, brand=b"isom"),
    "iTunes": handmade.mov(entry=b"drms", inside=SCHEME, brand=b"M4A "),
    "iTunes by its brand": handmade.mov(brand=b"M4P "),
    "Audible": handmade.mov(entry=b"aavd", brand=b"aax "),
    "Audible's newer": handmade.mov(entry=b"mp4a", brand=b"aaxc"),
}


def element(number: bytes, content: bytes) -> bytes:
    """An EBML element whose length takes four bytes."""
    return number + (0x10000000 | len(content)).to_bytes(4, "big") + content


def matroska(*, protected: bool) -> bytes:
    """A track of sound by its head alone: what decides is before the first cluster."""
    encryption = element(b"\x50\x35", element(b"\x47\xe1", b"\5"))
    encodings = element(b"\x6d\x80", element(b"\x62\x40", encryption))
    track = element(b"\x83", b"\2") + element(b"\x86", b"A_OPUS") + (encodings if protected else b"")
    header = element(b"\x1aE\xdf\xa3", element(b"\x42\x82", b"webm"))
    return header + element(b"\x18\x53\x80\x67", element(b"\x16\x54\xae\x6b", element(b"\xae", track)))


def asf(guid: str) -> bytes:
    """The head of a WMA, with an object of that kind in it."""
    inside = bytes.fromhex(guid) + (40).to_bytes(8, "little") + bytes(16)
    head = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    return head + (30 + len(inside)).to_bytes(8, "little") + b"\1\0\0\0\1\2" + inside


def scrambled(stream: bytes) -> bytes:
    """A transport stream whose packets of sound are marked as scrambled."""
    made = bytearray(stream)
    for at in range(0, len(made), 188):
        if made[at + 1] & 0x1F == 1 and made[at + 2] == 0:
            made[at + 3] |= 0x80
    return bytes(made)


def test_protected_mp4_is_told(tmp_path: Path) -> None:
    """By whomever; the same file in the clear is heard."""
    source = tmp_path / "source"
    for content in PROTECTED_MP4.values():
        source.write_bytes(content)
        assert verdict(source) is Verdict.ENCRYPTED
        source.write_bytes(handmade.id3() + content)
        assert verdict(source) is Verdict.ENCRYPTED
    source.write_bytes(handmade.mov())
    assert fit(source)


@pytest.mark.parametrize(
    "guid",
    [
        "fbb3112223bdd211b4b700a0c955fc6e",
        "14e68a292226174cb935dae07ee9289c",
        "338505438169e6499b74ad12cb86d58c",
    ],
)
def test_protected_wma_is_told(guid: str, tmp_path: Path) -> None:
    """By any of the three ways there were."""
    source = tmp_path / "source"
    source.write_bytes(asf(guid))
    assert verdict(source) is Verdict.ENCRYPTED
    source.write_bytes(asf("00" * 16))
    assert verdict(source) is Verdict.DAMAGED


def test_protected_webm_is_told(tmp_path: Path) -> None:
    """A track with a key of its own; one without is merely short."""
    source = tmp_path / "source"
    source.write_bytes(matroska(protected=True))
    assert verdict(source) is Verdict.ENCRYPTED
    source.write_bytes(matroska(protected=False))
    assert verdict(source) is Verdict.DAMAGED


def test_other_protected_files_are_told(tmp_path: Path) -> None:
    """A scrambled broadcast, an audiobook of the old kind."""
    source = tmp_path / "source"
    stream = Recording(container="mpegts", codec="aac").write(source).read_bytes()
    assert fit(source)
    source.write_bytes(scrambled(stream))
    assert verdict(source) is Verdict.ENCRYPTED
    source.write_bytes(b"\0\0\x10\0\x57\x90\x75\x36" + bytes(4_096))
    assert verdict(source) is Verdict.ENCRYPTED


KNOWN = {
    "RealMedia": b".RMF\0\0\0\x12\0\1" + bytes(500),
    "DSD": b"DSD \x1c" + bytes(500),
    "DSDIFF": b"FRM8" + bytes(8) + b"DSD " + bytes(500),
    "DTS": b"\x7f\xfe\x80\1" + bytes(500),
    "TrueHD": b"\xf0\0\0\0\xf8\x72\x6f\xba" + bytes(500),
    "Musepack": b"MPCKSH" + bytes(500),
    "Shorten": b"ajkg\2" + bytes(500),
    "SILK": b"\2#!SILK_V3" + bytes(500),
    "QCELP": b"RIFF\0\1\0\0QLCMfmt " + bytes(500),
    "ATRAC": b"ea3\3\0\0\0\0\x17\x76" + bytes(500),
    "MIDI": b"MThd\0\0\0\6\0\1\0\1\0\x60MTrk" + bytes(500),
    "ADIF": b"ADIF" + bytes(500),
    "big-endian WAV": handmade.riff(handmade.pcm_format(), (b"data", bytes(500)), name=b"RIFX"),
    "VOC": b"Creative Voice File\x1a" + bytes(500),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_format_that_is_not_read_is_told(name: str, tmp_path: Path) -> None:
    """Sending it again would be of no use, converting it is."""
    source = tmp_path / "source"
    source.write_bytes(KNOWN[name])
    assert verdict(source) is Verdict.UNSUPPORTED


@pytest.mark.parametrize("container", ["wav", "caf", "mov"])
def test_too_many_channels_are_told(container: str, tmp_path: Path) -> None:
    """With their number. Eight are heard."""
    source = tmp_path / "source"
    for channels in (8, 9, 12, 16):
        made = {
            "wav": handmade.wav(channels),
            "caf": handmade.caf(channels, None),
            "mov": handmade.mov(channels),
        }
        source.write_bytes(made[container])
        if channels == 8:
            assert fit(source)
            continue
        assert prepare(job(source)) == Unfit(verdict=Verdict.CHANNELS, found=channels)


@pytest.mark.parametrize("rate", [384_001, 705_600, 768_000])
def test_too_high_rates_are_told(rate: int, tmp_path: Path) -> None:
    """With their number. 384 kHz are heard."""
    source = tmp_path / "source"
    sound = (b"data", handmade.interleaved(1))
    source.write_bytes(handmade.riff(handmade.pcm_format(rate=384_000), sound))
    assert fit(source)
    source.write_bytes(handmade.riff(handmade.pcm_format(rate=rate), sound))
    assert prepare(job(source)) == Unfit(verdict=Verdict.RATE, found=rate)


def test_a_file_that_is_half_protected_is_heard(tmp_path: Path) -> None:
    """Its pictures are, its sound is not: what names the encryption is another track's."""
    clear = handmade.mov(brand=b"isom")
    moov = clear.index(b"moov") - 4
    picture = handmade.box(
        b"trak",
        handmade.box(
            b"mdia",
            handmade.full_box(b"hdlr", bytes(4), b"vide", bytes(12), b"\0"),
            handmade.box(
                b"minf",
                handmade.box(
                    b"stbl", handmade.full_box(b"stsd", b"\0\0\0\1", handmade.box(b"encv", bytes(78)))
                ),
            ),
        ),
    )
    source = tmp_path / "source"
    source.write_bytes(clear[:moov] + handmade.box(b"moov", clear[moov + 8 :], picture))
    assert fit(source)
