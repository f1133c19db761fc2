"""Small files made byte by byte, as programs other than FFmpeg write them; in each the tone is the voice."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.fixtures import samples

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE = 16_000
SECONDS = 2.0
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
"""What `WAVE_FORMAT_EXTENSIBLE` calls plain samples."""


def interleaved(channels: int, loud: Iterable[int] | None = None, seconds: float = SECONDS) -> bytes:
    """16-bit little-endian samples: the tone in the channels `loud`, in all if not given, silence in the others."""
    tone = samples(RATE, seconds)
    with_tone = set(range(channels) if loud is None else loud)
    frames = bytearray(len(tone) * channels)
    for channel in with_tone:
        for byte in (0, 1):
            frames[2 * channel + byte :: 2 * channels] = tone[byte::2]
    return bytes(frames)


def riff(*chunks: tuple[bytes, bytes], name: bytes = b"RIFF") -> bytes:
    """A WAV of these chunks, with true sizes."""
    body = b"WAVE" + b"".join(chunk(*each) for each in chunks)
    return name + struct.pack("<I", len(body)) + body


def chunk(name: bytes, content: bytes) -> bytes:
    """As RIFF has them: padded to an even length."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def pcm_format(channels: int = 1, rate: int = RATE) -> tuple[bytes, bytes]:
    """The `fmt ` chunk of 16-bit samples."""
    return b"fmt ", struct.pack("<HHIIHH", 1, channels, rate, 2 * channels * rate, 2 * channels, 16)


def masked_format(channels: int, mask: int) -> tuple[bytes, bytes]:
    """The same with a channel mask: which loudspeaker each channel is for."""
    plain = struct.pack("<HHIIHH", 0xFFFE, channels, RATE, 2 * channels * RATE, 2 * channels, 16)
    return b"fmt ", plain + struct.pack("<HHI", 22, 16, mask) + PCM_GUID


def wav(channels: int = 1, *, mask: int | None = None, loud: Iterable[int] | None = None) -> bytes:
    """A plain WAV, or one with a channel mask."""
    form = pcm_format(channels) if mask is None else masked_format(channels, mask)
    return riff(form, (b"data", interleaved(channels, loud)))


def channel_order(tag: int, labels: Iterable[int] = ()) -> bytes:
    """What stands in Apple's `chan`: a number for a usual order, or 0 and the label of each channel."""
    described = [struct.pack(">IIfff", label, 0, 0.0, 0.0, 0.0) for label in labels]
    return struct.pack(">III", tag, 0, len(described)) + b"".join(described)


def caf(channels: int, order: bytes | None, loud: Iterable[int] | None = None) -> bytes:
    """A Core Audio file of 16-bit samples, little-endian."""

    def part(name: bytes, content: bytes) -> bytes:
        return name + struct.pack(">q", len(content)) + content

    described = struct.pack(">d4sIIIII", float(RATE), b"lpcm", 2, 2 * channels, 1, channels, 16)
    return (
        b"caff\0\1\0\0"
        + part(b"desc", described)
        + (part(b"chan", order) if order is not None else b"")
        + part(b"data", bytes(4) + interleaved(channels, loud))
    )


def box(name: bytes, *content: bytes) -> bytes:
    """As MP4 and QuickTime have them."""
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), name) + inside


def full_box(name: bytes, *content: bytes) -> bytes:
    """With a version and flags, all zero."""
    return box(name, bytes(4), *content)


def mov(
    channels: int = 1,
    order: bytes | None = None,
    loud: Iterable[int] | None = None,
    *,
    entry: bytes = b"sowt",
    inside: bytes = b"",
    brand: bytes = b"qt  ",
    seconds: float = SECONDS,
) -> bytes:
    """A film without pictures: 16-bit samples under the name `entry`, with more boxes `inside` its description."""
    sound = interleaved(channels, loud, seconds)
    count = len(sound) // (2 * channels)
    start = box(b"ftyp", brand, bytes(4), brand)
    described = (
        bytes(6)
        + struct.pack(">HHHIHHHHI", 1, 0, 0, 0, channels, 16, 0, 0, RATE << 16)
        + (full_box(b"chan", order) if order is not None else b"")
        + inside
    )
    matrix = struct.pack(">9I", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    table = box(
        b"stbl",
        full_box(b"stsd", struct.pack(">I", 1), box(entry, described)),
        full_box(b"stts", struct.pack(">III", 1, count, 1)),
        full_box(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        full_box(b"stsz", struct.pack(">II", 2 * channels, count)),
        full_box(b"stco", struct.pack(">II", 1, len(start) + 8)),
    )
    media = box(
        b"mdia",
        full_box(b"mdhd", struct.pack(">IIIIHH", 0, 0, RATE, count, 0, 0)),
        full_box(b"hdlr", b"mhlrsoun", bytes(12), b"\0"),
        box(b"minf", full_box(b"smhd", bytes(4)), _itself(), table),
    )
    head = struct.pack(">IIIII", 0, 0, RATE, count, 1 << 16)
    whole = full_box(b"mvhd", head, b"\1\0", bytes(10), matrix, bytes(24), struct.pack(">I", 2))
    track = full_box(b"tkhd", struct.pack(">IIIII", 0, 0, 1, 0, count), bytes(16), matrix, bytes(8))
    return start + box(b"mdat", sound) + box(b"moov", whole, box(b"trak", track, media))


def _itself() -> bytes:
    """That the sound is in this very file."""
    return box(b"dinf", full_box(b"dref", struct.pack(">I", 1), box(b"url ", b"\0\0\0\1")))


def id3(size: int = 64) -> bytes:
    """A tag of version 2.3 with so many bytes of padding, as taggers put it before any file."""
    return b"ID3\3\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)
