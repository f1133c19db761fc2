"""How much sound a WAV or an MP3 says it has, in words FFmpeg reads and does not pass on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.decoder.opening import Stretch

_MOST_WAV_CHUNKS = 1_000
_NO_SIZE = 1_000_000_000
"""Bytes. Who streams a WAV cannot know its size, and writes one that is as large as can be."""
_SOUGHT = 4_096
"""Bytes in which an MP3's first frame begins."""
_SYNC, _LAYER, _LAYER_3 = 0xFF, 0xE6, 0xE2
"""An MPEG frame begins with eleven set bits; two of those after tell the layer."""
_MPEG_RATES = (44_100, 48_000, 32_000)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a WAV: its name, where its content starts, and how many bytes it says it has."""

    name: bytes
    start: int
    size: int

    @property
    def end(self) -> int:
        """Where it ends, if its size is true."""
        return self.start + self.size


def wav_chunks(file: IO[bytes], stretch: Stretch) -> Iterator[Chunk]:
    """Those of a WAV, in order."""
    at = stretch.start + 12
    for _ in range(_MOST_WAV_CHUNKS):
        if at >= stretch.end:
            return
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:  # noqa: PLR2004 - a name and a size
            return
        chunk = Chunk(head[:4], at + 8, int.from_bytes(head[4:], "little"))
        yield chunk
        at = chunk.end + chunk.size % 2


def wav_missing(stretch: Stretch) -> int:
    """How many bytes of sound a WAV announces beyond its end; 0 where it does not, or is of a sort that can't know."""
    with Path(stretch.path).open("rb") as file:
        for chunk in wav_chunks(file, stretch):
            if chunk.name == b"data":
                return max(0, chunk.end - stretch.end) if chunk.size < _NO_SIZE else 0
    return 0


def mp3_seconds(stretch: Stretch) -> float | None:
    """How long an MP3 says it is, in the frame before its first that encoders write; None where there is no such frame.

    Players and servers rely on it, whether it is true or not.
    """
    with Path(stretch.path).open("rb") as file:
        file.seek(stretch.start)
        data = file.read(_SOUGHT)
    at = next(
        (at for at in range(len(data) - 4) if data[at] == _SYNC and data[at + 1] & _LAYER == _LAYER_3),
        None,
    )
    if at is None:
        return None
    version, code, mono = data[at + 1] >> 3 & 3, data[at + 2] >> 2 & 3, data[at + 3] >> 6 == 3  # noqa: PLR2004
    if version == 1 or code == 3:  # noqa: PLR2004 - neither exists
        return None
    # 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5: each of half the rate of the one before.
    rate = _MPEG_RATES[code] >> {3: 0, 2: 1, 0: 2}[version]
    samples = 1_152 if version == 3 else 576  # noqa: PLR2004
    side = {(3, False): 32, (3, True): 17, (2, False): 17, (2, True): 9, (0, False): 17, (0, True): 9}[
        version, mono
    ]
    for place in (at + 4 + side, at + 6 + side):
        if (
            data[place : place + 4] in {b"Xing", b"Info"}
            and data[place + 7 : place + 8]
            and data[place + 7] & 1
        ):
            return int.from_bytes(data[place + 8 : place + 12], "big") * samples / rate
    if data[at + 36 : at + 40] == b"VBRI":
        return int.from_bytes(data[at + 50 : at + 54], "big") * samples / rate
    return None
