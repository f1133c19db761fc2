"""Where in a file the files are: between the tags before and behind it, and, in a chained Ogg, one after the other.

FFmpeg reads a chain to its end only where every link is like the first. A radio programme whose songs differ in rate or
channels, or an Ogg file appended to another, would end after one.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from bot.decoder.opening import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LINKS = 1_000
"""Each has to be opened, which takes some milliseconds."""
_MOST_TAGS = 16
_PAGE_HEAD = 27
_FIRST_PAGE = 0x02
"""The flag of the pages a stream begins with. Those of all the streams of a link stand together at its beginning."""
_SOUGHT_AT_ONCE = 1 << 16


def stretches(source: str) -> tuple[Stretch, ...]:
    """The files in this file, at most one more than `MOST_LINKS`."""
    size = Path(source).stat().st_size
    with Path(source).open("rb") as file:
        start = _after_tags(file, size)
        end = _before_tags(file, start, size)
        starts = [start]
        file.seek(start)
        if file.read(4) == b"OggS":
            starts = [start, *_later_links(file, start, end)]
    return tuple(Stretch(source, at, after) for at, after in zip(starts, (*starts[1:], end), strict=True))


def _after_tags(file: IO[bytes], size: int) -> int:
    """Where the file behind ID3v2 tags begins. Taggers put them before any format, and FFmpeg knows few to have them."""
    at = 0
    for _ in range(_MOST_TAGS):
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:]):  # noqa: PLR2004
            break
        length = sum(byte << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
        after = at + 10 + length + (10 if head[5] & 0x10 else 0)
        if after >= size:
            # It is cut off, or lies.
            break
        at = after
    return at


def _before_tags(file: IO[bytes], start: int, size: int) -> int:
    """Where the tags begin that stand behind a file, as MP3 players write them: ID3v1 and APEv2, covers included."""
    end = size
    for _ in range(_MOST_TAGS):
        file.seek(max(start, end - 128))
        last = file.read(end - file.tell())
        if len(last) == 128 and last[:3] == b"TAG":  # noqa: PLR2004
            before = end - 128
        elif last[-32:-24] == b"APETAGEX":
            header = 32 if last[-9] & 0x80 else 0
            before = end - int.from_bytes(last[-20:-16], "little") - header
        else:
            break
        if before <= start:
            break
        end = before
    return end


def _later_links(file: IO[bytes], start: int, size: int) -> Iterator[int]:
    """Where each link of an Ogg chain begins, but for the first."""
    at, found, within = start, 0, False
    while at < size and found < MOST_LINKS:
        file.seek(at)
        head = file.read(_PAGE_HEAD)
        if head[:4] != b"OggS" or len(head) < _PAGE_HEAD:
            # A hole; or junk between the links.
            at = _next_page(file, at + 1)
            continue
        if not head[5] & _FIRST_PAGE:
            within = True
        elif within:
            within = False
            found += 1
            yield at
        at += _PAGE_HEAD + head[26] + sum(file.read(head[26]))


def _next_page(file: IO[bytes], at: int) -> int:
    """The place of the next page's beginning; past the end of the file if there is none."""
    while True:
        file.seek(at)
        piece = file.read(_SOUGHT_AT_ONCE)
        if (found := piece.find(b"OggS")) >= 0:
            return at + found
        if len(piece) < _SOUGHT_AT_ONCE:
            return at + len(piece) + 4
        at += len(piece) - 3
