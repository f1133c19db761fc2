"""Small files that ask for much: made to cost a decoder time or memory, or to have it open what is not theirs."""

from __future__ import annotations

import dataclasses
import io
import struct
import zlib
from typing import TYPE_CHECKING, cast

import av

from benchmarks.recordings import Recipe, id3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from av.audio.stream import AudioStream

MP3 = Recipe(name="mp3", container="mp3", encoder="libmp3lame")
M4A = Recipe(name="m4a", container="ipod", encoder="aac")
OPUS = Recipe(name="ogg", container="ogg", encoder="libopus")
MKV = Recipe(name="mkv", container="matroska", encoder="flac")
WAV = Recipe(name="wav", container="wav", encoder="pcm_s16le", rate=8_000)


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _boxes(data: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        found[name] = data[at + 8 : at + size]
        at += size
    return found


def _moov(change: Callable[[bytes], bytes]) -> bytes:
    """An M4A whose `moov` is changed; it lies behind the sound, so that no offset has to be mended."""
    boxes = _boxes(M4A.make())
    return b"".join(
        _box(name, change(content) if name == b"moov" else content) for name, content in boxes.items()
    )


def _element(number: bytes, content: bytes) -> bytes:
    """Of EBML, with a length of eight bytes."""
    return number + struct.pack(">Q", 1 << 56 | len(content)) + content


def _matroska(inside: bytes) -> bytes:
    head = _element(b"\x1a\x45\xdf\xa3", _element(b"\x42\x82", b"matroska"))
    return head + _element(b"\x18\x53\x80\x67", inside)


def _opus_pages(hours: float, layout: str = "mono") -> bytes:
    """Packets of one byte, as an encoder sends them that hears nothing: 60 ms each, 255 on a page of 537 bytes."""
    data = dataclasses.replace(OPUS, layout=layout).make(0.02)
    packet = b"\x1c" if layout == "stereo" else b"\x18"
    second = data.index(b"OggS", 4)
    third = data.index(b"OggS", second + 4)
    serial = data[14:18]
    pages = [data[:third]]
    for number in range(round(hours * 3_600 / 15.3)):
        granule = (number + 1) * 255 * 2_880
        head = b"OggS\0\0" + struct.pack("<q4sII", granule, serial, number + 2, 0) + b"\xff" + b"\1" * 255
        page = head + packet * 255
        pages.append(page[:22] + struct.pack("<I", _ogg_crc(page)) + page[26:])
    return b"".join(pages)


def _ogg_crc(page: bytes) -> int:
    """Ogg's checksum: that of zlib, with its bits the other way round and no inversion."""
    value = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{value:032b}"[::-1], 2)


_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def ten_hours_of_opus(path: Path) -> None:
    """Of silence, in 1.2 MB."""
    path.write_bytes(_opus_pages(10.0))


def hours_of_opus(path: Path, hours: float = 2.9, layout: str = "mono") -> None:
    """Nearly three, which is within the limit, of silence."""
    path.write_bytes(_opus_pages(hours, layout))


def hours_of_flac(path: Path) -> None:
    """Days of silence, eight channels at 192 kHz, of an unknown length; a frame takes 8 ms and 30 bytes."""
    output = io.BytesIO()
    with av.open(output, "w", format="flac") as container:
        stream = cast("AudioStream", container.add_stream("flac", rate=192_000, layout="7.1"))
        stream.codec_context.options = {"frame_size": "16384"}
        stream.codec_context.open()
        frame = av.AudioFrame(format="s16", layout="7.1", samples=stream.codec_context.frame_size)
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        frame.sample_rate = 192_000
        for _ in range(20):
            frame.pts = None
            container.mux(cast("list[av.Packet[AudioStream]]", stream.encode(frame)))
        container.mux(cast("list[av.Packet[AudioStream]]", stream.encode(None)))
    made = bytearray(output.getvalue())
    first = made.index(b"\xff\xf8", 42)
    made[21:26] = bytes([made[21] & 0xF0, 0, 0, 0, 0])  # samples in all: unknown
    path.write_bytes(bytes(made[:first]) + bytes(made[first:]) * 2_000)


def hours_of_wav(path: Path) -> None:
    """A hundred gigabytes of silence, by its header."""
    data = bytearray(WAV.make())
    data[data.index(b"data") + 4 :][:4] = b"\xff\xff\xff\xf0"
    struct.pack_into("<I", data, 28, 1)  # bytes a second
    path.write_bytes(data)


def id3_of_100_megabytes(path: Path) -> None:
    """A tag with one field of it, before two seconds of sound."""
    _holed(path, id3((b"PRIV", b"earshot\0")), 100_000_000, MP3.make())


def cover_of_100_megabytes(path: Path) -> None:
    """A picture."""
    _holed(path, id3((b"APIC", b"\0image/png\0\3\0\x89PNG\r\n\x1a\n")), 100_000_000, MP3.make())


def _holed(path: Path, tag: bytes, size: int, rest: bytes) -> None:
    """The tag's last field made longer by so many zeros, which take no place on the disk."""
    content = len(tag) - 10 + size
    head = bytearray(tag)
    head[6:10] = bytes(content >> shift & 0x7F for shift in (21, 14, 7, 0))
    struct.pack_into(">I", head, 14, len(tag) - 20 + size)
    with path.open("wb") as file:
        file.write(head)
        file.seek(size, 1)
        file.write(rest)


def cover_with_an_ocean_of_pixels(path: Path) -> None:
    """A PNG of a million by a million, in some bytes."""
    head = struct.pack(">IIBBBBB", 1_000_000, 1_000_000, 8, 6, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    path.write_bytes(id3((b"APIC", b"\0image/png\0\3\0\x89PNG\r\n\x1a\n" + chunk)) + MP3.make())


def streams_in_mp4(path: Path) -> None:
    """Ten thousand tracks."""
    path.write_bytes(_moov(lambda moov: moov + _box(b"trak", _boxes(moov)[b"trak"]) * 10_000))


def streams_in_matroska(path: Path) -> None:
    """Ten thousand tracks."""
    tracks = b"".join(
        _element(
            b"\xae",
            _element(b"\xd7", struct.pack(">H", number))
            + _element(b"\x73\xc5", struct.pack(">H", number))
            + _element(b"\x83", b"\2")
            + _element(b"\x86", b"A_PCM/INT/LIT"),
        )
        for number in range(1, 10_001)
    )
    path.write_bytes(_matroska(_element(b"\x16\x54\xae\x6b", tracks)))


def streams_in_mpegts(path: Path) -> None:
    """Eight thousand: a packet of each number there is."""
    packets = [
        struct.pack(">BHB", 0x47, 0x4000 | number, 0x10)
        + b"\0\0\1\xc0\0\xb0\x80\x80\5\x21\0\1\0\1"
        + b"\xff" * 170
        for number in range(32, 8_000)
    ]
    path.write_bytes(Recipe(name="ts", container="mpegts", encoder="mp2").make() + b"".join(packets) * 3)


def streams_in_ogg(path: Path) -> None:
    """Ten thousand at once."""
    data = OPUS.make()
    first = data[: data.index(b"OggS", 4)]
    pages: list[bytes] = []
    for number in range(10_000):
        page = bytearray(first)
        struct.pack_into("<I", page, 14, number)
        pages.append(bytes(page))
    path.write_bytes(b"".join(pages) + data)


def chained_ogg(path: Path) -> None:
    """A hundred thousand links of nearly nothing."""
    link = OPUS.make(0.02)
    path.write_bytes(link * (20_000_000 // len(link)))


def samples_without_end(path: Path) -> None:
    """An MP4 with tables of four billion entries."""

    def huge(moov: bytes) -> bytes:
        for table, content in (
            (b"stts", struct.pack(">IIII", 0, 1, 0xFFFFFFFF, 1)),
            (b"stsz", struct.pack(">III", 0, 1, 0x7FFFFFFF)),
        ):
            at = moov.index(table)
            moov = moov[: at + 4] + content + moov[at + 4 + len(content) :]
        return moov

    path.write_bytes(_moov(huge))


def chunks_of_millions(path: Path) -> None:
    """An MP4 whose one chunk holds 2^31 samples of one byte each."""

    def huge(moov: bytes) -> bytes:
        at = moov.index(b"stsc")
        moov = moov[: at + 12] + struct.pack(">III", 1, 0x7FFFFFFF, 1) + moov[at + 24 :]
        at = moov.index(b"stsz")
        return moov[: at + 8] + struct.pack(">II", 1, 0x7FFFFFFF) + moov[at + 16 :]

    path.write_bytes(_moov(huge))


def compressed_moov(path: Path) -> None:
    """A QuickTime header of 250 MB, packed into 250 kB."""
    packed = zlib.compress(bytes(250_000_000), 9)
    cmvd = _box(b"cmvd", struct.pack(">I", 250_000_000) + packed)
    cmov = _box(b"cmov", _box(b"dcom", b"zlib") + cmvd)
    path.write_bytes(_box(b"ftyp", b"qt  \0\0\2\0qt  ") + _box(b"moov", cmov) + _box(b"mdat", bytes(64)))


def boxes_in_boxes(path: Path) -> None:
    """An MP4 nested a hundred thousand deep."""
    depth = 100_000
    inside = b"".join(struct.pack(">I4s", 8 * (depth - level), b"udta") for level in range(depth))
    path.write_bytes(_box(b"ftyp", b"M4A \0\0\2\0M4A ") + _box(b"moov", inside))


def empty_chunks(path: Path) -> None:
    """A WAV with two million chunks of nothing before its sound."""
    data = WAV.make()
    at = data.index(b"data")
    path.write_bytes(data[:at] + b"junk\0\0\0\0" * 2_000_000 + data[at:])


def voids(path: Path) -> None:
    """A Matroska of two million elements of nothing, then one as large as the universe."""
    path.write_bytes(_matroska(b"\xec\x80" * 2_000_000 + b"\xec\x01\xff\xff\xff\xff\xff\xff\xfe"))


def a_gap_of_hours(path: Path) -> None:
    """A Matroska whose second half plays, by its time stamps, half an hour later."""
    data = bytearray(MKV.make(8.0))
    at = data.rindex(b"\x1f\x43\xb6\x75")
    timestamp = data.index(b"\xe7", at)
    size = data[timestamp + 1] & 0x7F
    data[timestamp + 2 : timestamp + 2 + size] = (
        (1_800_000).to_bytes(size, "big") if size > 2 else b"\xff" * size
    )
    path.write_bytes(data)


def channels(path: Path) -> None:
    """A WAV of 255 channels."""
    data = bytearray(WAV.make())
    struct.pack_into("<H", data, 22, 255)
    struct.pack_into("<H", data, 32, 510)
    path.write_bytes(data)


def rate(path: Path) -> None:
    """A WAV of two billion samples a second."""
    data = bytearray(WAV.make())
    struct.pack_into("<I", data, 24, 2_000_000_000)
    path.write_bytes(data)


def slow_rate(path: Path) -> None:
    """A WAV of one sample a second: each byte becomes thirty thousand."""
    data = bytearray(WAV.make())
    struct.pack_into("<II", data, 24, 1, 2)
    path.write_bytes(data)


BOMBS: tuple[Callable[[Path], None], ...] = (
    ten_hours_of_opus,
    hours_of_opus,
    hours_of_flac,
    hours_of_wav,
    id3_of_100_megabytes,
    cover_of_100_megabytes,
    cover_with_an_ocean_of_pixels,
    streams_in_mp4,
    streams_in_matroska,
    streams_in_mpegts,
    streams_in_ogg,
    chained_ogg,
    samples_without_end,
    chunks_of_millions,
    compressed_moov,
    boxes_in_boxes,
    empty_chunks,
    voids,
    a_gap_of_hours,
    channels,
    rate,
    slow_rate,
)
