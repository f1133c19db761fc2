"""What a file that can't be heard is, by its own bytes: so that nobody is told to send it again in vain."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from bot.decoder import boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.decoder.opening import Stretch

# (offset, bytes): how files of the formats read here begin, as far as they have a beginning of their own.
_READ = (
    (0, b"OggS"), (0, b"fLaC"), (0, b"ID3\2"), (0, b"ID3\3"), (0, b"ID3\4"), (8, b"WAVE"), (8, b"AVI "),
    (8, b"AIFF"), (8, b"AIFC"), (4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (0, b"caff"), (0, b"wvPK"), (0, b"#!AMR"),
    (0, b"0&\xb2u\x8ef\xcf\x11"), (0, b"FLV\1"),
)  # fmt: skip
# Likewise of sound that is not read here: RealMedia, DSD, DTS and TrueHD, Musepack, Shorten, OptimFROG, LA, Sony's
# ATRAC, AAC in ADIF, SILK, QCELP, Creative's and NeXT's older ones, Amiga's, NIST's, MIDI and trackers' modules.
_NOT_READ = (
    (0, b".RMF"), (0, b".ra\xfd"), (0, b"DSD "), (0, b"FRM8"), (0, b"\x7f\xfe\x80\x01"), (0, b"\xfe\x7f\x01\x80"),
    (0, b"DTSHDHDR"), (4, b"\xf8\x72\x6f\xba"), (0, b"MPCK"), (0, b"MP+"), (0, b"ajkg"), (0, b"OFR "), (0, b"LA04"),
    (0, b"ea3\3"), (0, b"EA3\1"), (0, b"ADIF"), (0, b"#!SILK"), (1, b"#!SILK"), (8, b"QLCM"), (0, b"Creative Voice"),
    (8, b"8SVX"), (8, b"16SV"), (8, b"MAUD"), (0, b"NIST_1A"), (0, b"2BIT"), (0, b"MThd"), (0, b"IMPM"),
    (0, b"Extended Module:"),
    (0, b"RIFX"),  # FFmpeg opens it, and takes its samples the wrong way round.
)  # fmt: skip

_AUDIBLE = b"\x57\x90\x75\x36"
_PROTECTED_BRANDS = {b"aax ", b"aaxc", b"M4P "}
_PROTECTED_ENTRIES = {b"enca", b"drms", b"drmi", b"aavd"}
"""What a sample description is called whose samples are encrypted: ISO's common encryption, iTunes, Audible."""
_PATH_TO_ENTRIES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_MOST_ELEMENTS = 4_096

_TRACKS = (0x18538067, 0x1654AE6B, 0xAE)
"""Segment, Tracks, TrackEntry."""
_ENCRYPTION = (0x6D80, 0x6240, 0x5035)
"""ContentEncodings, ContentEncoding, ContentEncryption."""
_TRACK_TYPE, _SOUND = 0x83, 2

_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_ENCRYPTION = (
    bytes.fromhex("fbb31122 23bdd211 b4b700a0 c955fc6e"),
    bytes.fromhex("14e68a29 2226174c b935dae0 7ee9289c"),
    bytes.fromhex("33850543 8169e649 9b74ad12 cb86d58c"),
)
"""GUIDs of the objects in a WMA's header that tell of its encryption: the first version, the extended, the advanced."""
_MOST_HEADER = 1 << 20

_TS_PACKET, _TS_LOOKED_AT = 188, 2_000
_TS_PAYLOAD, _TS_SCRAMBLED = 0x10, 0x80


def begins_well(stretch: Stretch) -> bool:
    """Whether it begins like a format that is read here, whatever became of the rest."""
    return _begins(stretch, _READ)


def known_elsewhere(stretch: Stretch) -> bool:
    """Whether it is sound in a format that has a name, but is not read here."""
    return _begins(stretch, _NOT_READ)


def encrypted(stretch: Stretch) -> bool:
    """Whether its sound is there, but encrypted."""
    with Path(stretch.path).open("rb") as file:
        file.seek(stretch.start)
        head = file.read(32)
        if head[4:8] == b"ftyp":
            return head[8:12] in _PROTECTED_BRANDS or _entries_encrypted(file, stretch)
        if head[:4] == b"\x1aE\xdf\xa3":
            return _tracks_encrypted(file, stretch)
        if head.startswith(_ASF):
            rest = file.read(min(int.from_bytes(head[16:24], "little"), _MOST_HEADER))
            return any(guid in head + rest for guid in _ASF_ENCRYPTION)
        if head[:1] == b"G":
            return _packets_scrambled(file, stretch)
        return head[4:8] == _AUDIBLE


def _begins(stretch: Stretch, signatures: tuple[tuple[int, bytes], ...]) -> bool:
    with Path(stretch.path).open("rb") as file:
        # The tag before it is a signature, too.
        heads = [file.read(32)]
        file.seek(stretch.start)
        heads.append(file.read(32))
    return any(head.startswith(signature, offset) for offset, signature in signatures for head in heads)


def _entries_encrypted(file: IO[bytes], stretch: Stretch) -> bool:
    """MP4: whether no track of sound has a description of samples that is in the clear."""
    names = [name for name in _sound_entries(file, stretch.start, stretch.end) if name]
    return bool(names) and all(name in _PROTECTED_ENTRIES for name in names)


def _sound_entries(file: IO[bytes], start: int, end: int, depth: int = 0) -> Iterator[bytes]:
    """The names of the first sample descriptions of the tracks that are sound."""
    for name, first, after in boxes.inside(file, start, end):
        if depth == 2 and name == b"hdlr":  # noqa: PLR2004 - within mdia
            file.seek(first + 8)
            if file.read(4) != b"soun":
                return
        if name != _PATH_TO_ENTRIES[depth]:
            continue
        if name == b"stsd":
            file.seek(first + 12)
            yield file.read(4)
        else:
            yield from _sound_entries(file, first, after, depth + 1)


def _tracks_encrypted(file: IO[bytes], stretch: Stretch) -> bool:
    """Matroska and WebM: the same."""
    sound = [
        bool(list(_elements(file, first, after, _ENCRYPTION)))
        for first, after in _elements(file, stretch.start, stretch.end, _TRACKS)
        if any(_number(file, *place) == _SOUND for place in _elements(file, first, after, (_TRACK_TYPE,)))
    ]
    return bool(sound) and all(sound)


def _elements(file: IO[bytes], start: int, end: int, path: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    """First byte and end of each EBML element that is reached by these numbers, one within the other."""
    at = start
    for _ in range(_MOST_ELEMENTS):
        if at >= end:
            return
        file.seek(at)
        head = file.read(16)
        number, used = _coded(head, keep_marker=True)
        size, more = _coded(head[used:], keep_marker=False)
        if not used or not more:
            return
        first = at + used + more
        # All ones: of unknown size, as live recorders write it.
        after = end if size == (1 << 7 * more) - 1 else min(end, first + size)
        if number == path[0]:
            if len(path) == 1:
                yield first, after
            else:
                yield from _elements(file, first, after, path[1:])
        at = after


def _coded(data: bytes, *, keep_marker: bool) -> tuple[int, int]:
    """A number as EBML writes it, and how many bytes it took; 0 where there is none."""
    if not data or not data[0]:
        return 0, 0
    length = 9 - data[0].bit_length()
    value = int.from_bytes(data[:length], "big")
    return (value if keep_marker else value & (1 << 7 * length) - 1), length if len(data) >= length else 0


def _number(file: IO[bytes], first: int, after: int) -> int:
    file.seek(first)
    return int.from_bytes(file.read(max(0, min(8, after - first))), "big")


def _packets_scrambled(file: IO[bytes], stretch: Stretch) -> bool:
    """A transport stream: whether most of the packets that carry something are scrambled."""
    file.seek(stretch.start)
    data = file.read(_TS_PACKET * _TS_LOOKED_AT)
    packets = [data[at : at + 4] for at in range(0, len(data) - _TS_PACKET, _TS_PACKET)]
    if len(packets) < 3 or any(packet[0] != ord("G") for packet in packets[:3]):  # noqa: PLR2004
        return False
    # Empty packets, of the highest number, are always in the clear.
    carrying = [packet for packet in packets if packet[3] & _TS_PAYLOAD and packet[1:3] != b"\x1f\xff"]
    return sum(packet[3] & _TS_SCRAMBLED != 0 for packet in carrying) > len(carrying) / 2
