"""The boxes an MP4 or QuickTime file is made of: a length, a name, and what is inside."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.decoder.opening import Stretch

_MOST = 4_096
"""Boxes side by side that are looked at."""


def inside(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, first byte and end of each box between two places of a file; the end of the last may lie beyond."""
    at = start
    for _ in range(_MOST):
        if at >= end:  # Before the seek, which has limits of its own.
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:  # noqa: PLR2004 - a box's length and name
            return
        size, name = struct.unpack_from(">I4s", head)
        first = at + 8
        if size == 1 and len(head) == 16:  # noqa: PLR2004 - a long length follows
            size, first = int.from_bytes(head[8:], "big"), at + 16
        after = end if size == 0 else at + size
        if after < first:
            return
        yield name, first, after
        at = after


def torn_at(stretch: Stretch) -> int | None:
    """Where in a file of fragments the row of boxes breaks off, counted from its beginning; None where it does not.

    FFmpeg takes that for the end. (In a file without fragments, one table tells of all the sound there is.)
    """
    at, fragments = stretch.start, False
    with Path(stretch.path).open("rb") as file:
        for name, first, after in inside(file, stretch.start, stretch.end):
            if after > stretch.end or not (name.isascii() and name.decode("ascii").isprintable()):
                return first - stretch.start if fragments else None
            fragments = fragments or name == b"moof"
            at = after
    return at - stretch.start if fragments and at < stretch.end else None
