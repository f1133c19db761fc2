"""Where decoded sound goes: nowhere, into a WAV, into an MP3; and how a long one of these is cut into parts."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from os import SEEK_END
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, cast

import av

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

RATE = 16_000
"""Samples a second of what is sent; speech models downsample to this anyway."""
WAV_BYTES_A_SECOND = RATE * 2
WAV_HEADER = 44
MP3_KBITS = (32, 24, 16)
"""MP3 bit rates, best first. Mono speech at 32 kbit/s costs no words; 16 kbit/s is the last resort."""

_FRAME = 576
"""Samples of an MP3 frame at this rate."""
_LATE = 1105
"""Samples that decoded MP3 lags behind what went in: LAME's own delay, and every decoder's."""
_FRAMES_OF_DELAY = 5
"""What that, LAME's end and the rounding to whole frames cost at most."""
_COPIED_AT_ONCE = 1 << 20


class Full(Exception):  # noqa: N818 - it stops a sink, it is no error
    """More came than a sink was made for."""


class Sink(Protocol):
    """Takes frames of 16-bit mono at `RATE`, in the sample format and of the size it names."""

    frame_size: ClassVar[int]
    sample_format: ClassVar[str]

    def write(self, frame: AudioFrame) -> None:
        """Take one frame.

        Raises:
            Full: it takes no more.
        """
        ...


class Nothing:
    """Takes all and keeps nothing, where sound is only measured."""

    frame_size: ClassVar[int] = RATE
    sample_format: ClassVar[str] = "s16"

    def write(self, frame: AudioFrame) -> None:
        """Let it pass."""


class _Whole(ABC):
    """A file that takes a whole note and can be cut into parts, each a file of its own."""

    format: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self._path = path

    def parts(self, starts: Sequence[float]) -> list[Path]:
        """Once it is closed: the files of the parts that begin at `starts`, in seconds; itself if it is one.

        From the end, and the whole shortened each time: no sound lies on the disk twice.
        """
        if len(starts) == 1:
            return [self._path]
        paths: list[Path] = []
        with self._path.open("r+b") as whole:
            end = whole.seek(0, SEEK_END)
            for number, start in reversed(list(enumerate(starts, 1))):
                path = self._path.with_stem(f"{self._path.stem}-{number}")
                first = self._offset(start)
                whole.seek(first)
                with path.open("wb") as part:
                    part.write(self._header(end - first))
                    while piece := whole.read(_COPIED_AT_ONCE):
                        part.write(piece)
                end = whole.truncate(first)
                paths.append(path)
        self._path.unlink()
        return paths[::-1]

    @abstractmethod
    def _offset(self, seconds: float) -> int:
        """Where in the file that moment begins."""

    def _header(self, sound_bytes: int, /) -> bytes:  # noqa: ARG002
        """What stands before so much sound: in most formats, nothing."""
        return b""


class Wav(_Whole):
    """16 kHz mono 16-bit WAV.

    Args:
        path: the file to write.
        most_seconds: `Full` beyond this.
    """

    format: ClassVar[str] = "wav"
    frame_size: ClassVar[int] = RATE // 2
    sample_format: ClassVar[str] = "s16"

    def __init__(self, path: Path, most_seconds: float) -> None:
        super().__init__(path)
        self._most_bytes = most_seconds * WAV_BYTES_A_SECOND
        self._bytes = 0
        self._file = path.open("wb")
        self._file.write(self._header(0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._file:
            self._file.seek(0)
            self._file.write(self._header(self._bytes))

    def write(self, frame: AudioFrame) -> None:
        """Append one frame."""
        size = frame.samples * 2
        self._bytes += size
        if self._bytes > self._most_bytes:
            raise Full
        self._file.write(memoryview(frame.planes[0])[:size])

    def _offset(self, seconds: float) -> int:
        return WAV_HEADER + round(seconds * RATE) * 2

    def _header(self, sound_bytes: int, /) -> bytes:
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, WAV_BYTES_A_SECOND, 2, 16)
        size = 4 + len(form) + 8 + sound_bytes
        return (
            struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + form + struct.pack("<4sI", b"data", sound_bytes)
        )


class Mp3(_Whole):
    """16 kHz mono MP3 in which every frame stands for itself, so that any run of frames is a whole MP3.

    Without the bit reservoir no frame borrows from its neighbours; without a Xing header none describes the others.
    At these rates every frame has the same size. The first holds only LAME's delay, and is left out.

    Args:
        path: the file to write.
        kbits: bit rate, of `MP3_KBITS`.
    """

    format: ClassVar[str] = "mp3"
    # Several at a time, which PyAV hands to LAME one by one: a call from Python costs more than a frame.
    frame_size: ClassVar[int] = _FRAME * 16
    sample_format: ClassVar[str] = "s16p"

    def __init__(self, path: Path, kbits: int) -> None:
        super().__init__(path)
        self._frame_bytes = mp3_frame_bytes(kbits)
        self._encoder = cast("AudioCodecContext", av.CodecContext.create("libmp3lame", "w"))
        # At these bit rates LAME's quickest effort cannot be told from its slowest, at two thirds of the time.
        self._encoder.options = {"compression_level": "9", "reservoir": "0"}
        self._encoder.sample_rate, self._encoder.layout = RATE, "mono"
        self._encoder.format = av.AudioFormat(self.sample_format)
        self._encoder.bit_rate = kbits * 1000
        self._file = path.open("wb")
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if kind is None:
                self._encode(None)

    def write(self, frame: AudioFrame) -> None:
        """Encode one frame."""
        frame.pts = None
        self._encode(frame)

    def _encode(self, frame: AudioFrame | None) -> None:
        for packet in cast("list[av.Packet[AudioStream]]", self._encoder.encode(frame)):
            if self._begun:
                self._file.write(packet)
            self._begun = True

    def _offset(self, seconds: float) -> int:
        return (int(seconds * RATE + _LATE) // _FRAME - 1) * self._frame_bytes


def mp3_frame_bytes(kbits: int) -> int:
    """What each MP3 frame takes at that rate."""
    return kbits * 1000 * _FRAME // 8 // RATE


def wav_seconds(size: int) -> float:
    """How much sound a WAV of that many bytes holds."""
    return max(0, size - WAV_HEADER) / WAV_BYTES_A_SECOND


def mp3_seconds(size: int, kbits: int) -> float:
    """How much sound an MP3 of that many bytes holds at that rate: a little less than it lasts."""
    return max(0, size // mp3_frame_bytes(kbits) - _FRAMES_OF_DELAY) * _FRAME / RATE
