"""Where decoded sound goes: nowhere, into a WAV, into an MP3; and how parts are cut from these while more comes."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from os import SEEK_END
from typing import TYPE_CHECKING, BinaryIO, ClassVar, Protocol, Self

from bot.decoder import samples
from bot.decoder.encoding import Encoder, lead_in
from bot.decoder.sizes import FRAME, RATE, WAV_BYTES_A_SECOND, mp3_frame_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.frame import AudioFrame

_LATE = 1105
"""Samples that decoded MP3 lags behind what went in: LAME's own delay, and every decoder's."""
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
    """A file that takes a whole note, and from the front of which parts can be cut while more comes. A context manager.

    Args:
        path: the file to write.
    """

    format: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("w+b")
        self._begins = self._file.write(self._header(0))
        """Where in the file the sound begins that belongs to its part."""
        self._before = 0
        """Bytes of sound in the parts before."""
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._file:
            self._finish(self._file)

    def end(self) -> None:
        """There will be no more sound."""
        self._settle(ended=True)

    def cut(self, at: float) -> Path:
        """The file of the part that ends `at` so many seconds from the beginning of the note.

        What came after that is copied to where the next part begins: a few seconds, as a rule.
        """
        self._settle(ended=False)
        path = self._part()
        offset = self._offset(at)
        end = self._begins + offset - self._before
        with self._file as part:
            self._file = self.path.open("w+b")
            self._begins = self._file.write(self._header(0) + self._lead_in(part, end))
            part.seek(end)
            while piece := part.read(_COPIED_AT_ONCE):
                self._file.write(piece)
            part.truncate(end)
            self._finish(part)
        self._before = offset
        return path

    def rest(self) -> Path:
        """The file of the last part, which is the whole if nothing was cut from it."""
        return self._part() if self._count else self.path

    def _part(self) -> Path:
        self._count += 1
        return self.path.rename(self.path.with_stem(f"{self.path.stem}-{self._count}"))

    def _finish(self, file: BinaryIO) -> None:
        """Write the header anew, now that the size is known."""
        size = file.seek(0, SEEK_END)
        file.seek(0)
        file.write(self._header(size - len(self._header(0))))

    @abstractmethod
    def _settle(self, *, ended: bool) -> None:
        """Have all that came so far in the file."""

    @abstractmethod
    def _offset(self, seconds: float) -> int:
        """How many bytes of sound there are up to that moment."""

    def _header(self, sound_bytes: int, /) -> bytes:  # noqa: ARG002
        """What stands before so much sound: in most formats, nothing."""
        return b""

    def _lead_in(self, file: BinaryIO, at: int, /) -> bytes:  # noqa: ARG002
        """What has to stand before what comes at a byte of a file, so that it can begin a part: in most formats, nothing."""
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

    def write(self, frame: AudioFrame) -> None:
        """Append one frame."""
        size = frame.samples * 2
        self._bytes += size
        if self._bytes > self._most_bytes:
            raise Full
        self._file.write(memoryview(frame.planes[0])[:size])

    def _settle(self, *, ended: bool) -> None:
        """It is there at once."""

    def _offset(self, seconds: float) -> int:
        return round(seconds * RATE) * 2

    def _header(self, sound_bytes: int, /) -> bytes:
        return wav_header(sound_bytes)


class Mp3(_Whole):
    """16 kHz mono MP3, from one encoder, however many parts it is cut into.

    At these rates every frame has the same size. A part ends with any frame; the next begins with some silent ones, which
    hold what its first borrows (`lead_in`), and so goes on exactly as the one before would have.

    Args:
        path: the file to write.
        kbits: bit rate, of `MP3_KBITS`.

    Raises:
        MemoryError: at the process's memory limit; so do its methods.
    """

    format: ClassVar[str] = "mp3"
    frame_size: ClassVar[int] = RATE
    sample_format: ClassVar[str] = "s16"

    def __init__(self, path: Path, kbits: int) -> None:
        self._kbits = kbits
        self._encoder = Encoder(kbits)
        super().__init__(path)

    def __exit__(self, *trouble: object) -> None:
        with self._encoder:
            super().__exit__(*trouble)

    def write(self, frame: AudioFrame) -> None:
        """Encode one frame."""
        self._file.write(self._encoder.take(bytes(samples.of(frame))))

    def _settle(self, *, ended: bool) -> None:
        self._file.write(self._encoder.end() if ended else self._encoder.settled())

    def _offset(self, seconds: float) -> int:
        return int(seconds * RATE + _LATE) // FRAME * mp3_frame_bytes(self._kbits)

    def _lead_in(self, file: BinaryIO, at: int, /) -> bytes:
        return lead_in(file, at, self._kbits)


def wav_header(sound_bytes: int) -> bytes:
    """What stands before so much sound, in bytes, in a WAV of 16-bit mono at `RATE`."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, WAV_BYTES_A_SECOND, 2, 16)
    size = 4 + len(form) + 8 + sound_bytes
    return struct.pack("<4sI4s", b"RIFF", size, b"WAVE") + form + struct.pack("<4sI", b"data", sound_bytes)
