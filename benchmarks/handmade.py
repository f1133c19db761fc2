"""Small files made byte by byte, as programs other than FFmpeg write them; in each the tone is the voice."""

from __future__ import annotations

import functools
import math
import struct
from array import array
from typing import TYPE_CHECKING

from benchmarks.recordings import HERTZ, PEAK, RECIPES, Recipe

if TYPE_CHECKING:
    from collections.abc import Iterable

RATE = 16_000
SECONDS = 2.0
PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
"""What `WAVE_FORMAT_EXTENSIBLE` calls plain samples."""


@functools.cache
def _tone(seconds: float) -> bytes:
    step = 2 * math.pi * HERTZ / RATE
    return array(
        "h", (round(32_768 * PEAK * math.sin(step * n)) for n in range(round(RATE * seconds)))
    ).tobytes()


def interleaved(channels: int, loud: Iterable[int] | None = None, seconds: float = SECONDS) -> bytes:
    """16-bit little-endian samples: the tone in the channels `loud`, in all if not given, silence in the others."""
    tone = _tone(seconds)
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


def caf(
    channels: int, order: bytes | None, loud: Iterable[int] | None = None, seconds: float = SECONDS
) -> bytes:
    """A Core Audio file of 16-bit samples, little-endian."""

    def part(name: bytes, content: bytes) -> bytes:
        return name + struct.pack(">q", len(content)) + content

    described = struct.pack(">d4sIIIII", float(RATE), b"lpcm", 2, 2 * channels, 1, channels, 16)
    return (
        b"caff\0\1\0\0"
        + part(b"desc", described)
        + (part(b"chan", order) if order is not None else b"")
        + part(b"data", bytes(4) + interleaved(channels, loud, seconds))
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
    tracks: int = 1,
) -> bytes:
    """A film without pictures: 16-bit samples under the name `entry`, with more boxes `inside` its description.

    Where there are several tracks, all have the same sound.
    """
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
    row = [
        box(
            b"trak",
            full_box(b"tkhd", struct.pack(">IIIII", 0, 0, number, 0, count), bytes(16), matrix, bytes(8)),
            media,
        )
        for number in range(1, tracks + 1)
    ]
    return start + box(b"mdat", sound) + box(b"moov", whole, *row)


def _itself() -> bytes:
    """That the sound is in this very file."""
    return box(b"dinf", full_box(b"dref", struct.pack(">I", 1), box(b"url ", b"\0\0\0\1")))


def id3(size: int = 64) -> bytes:
    """A tag of version 2.3 with so many bytes of padding, as taggers put it before any file."""
    return b"ID3\3\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + bytes(size)


def odd() -> dict[str, bytes]:
    """One small file of each kind that decoders have stumbled over, by name."""
    made = {recipe.name: recipe for recipe in RECIPES if isinstance(recipe, Recipe)}
    mono, vorbis = made["ogg-opus"].make(0.2), made["ogg-vorbis"].make(0.2)
    short = 0.2
    plain = riff(pcm_format(), (b"data", interleaved(1, seconds=short)))
    return {
        "odd-caf-order": caf(6, channel_order(124 << 16 | 6), seconds=short),
        "odd-caf-listed": caf(4, channel_order(0, (4, 3, 1, 2)), seconds=short),
        "odd-mov-order": mov(6, channel_order(124 << 16 | 6), seconds=short),
        "odd-mov-listed": mov(3, channel_order(0, (1, 1, 2)), seconds=short),
        "odd-mov-tracks": mov(seconds=short, tracks=3),
        "odd-mov-encrypted": mov(entry=b"enca", inside=box(b"sinf", box(b"frma", b"sowt")), seconds=short),
        "odd-wav-mask": riff(masked_format(2, 0x30), (b"data", interleaved(2, seconds=short))),
        "odd-wav-id3": id3() + plain,
        "odd-wav-two-data": plain + chunk(b"data", interleaved(1, seconds=short)),
        "odd-ogg-chain": mono + vorbis + mono,
        "odd-mp3-ape": made["mp3-cbr"].make(0.2)
        + b"APETAGEX"
        + struct.pack("<IIII", 2_000, 32, 0, 1 << 31)
        + bytes(8),
    }
