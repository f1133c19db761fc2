"""Opening a file nobody vouches for: which formats FFmpeg may recognise in it, and what it gets to see of it."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import math
import struct
import time
from dataclasses import dataclass
from os import SEEK_CUR, SEEK_END, SEEK_SET
from typing import TYPE_CHECKING, cast

import av
import av.error

from bot.decoder.verdicts import MOST_CHANNELS, MOST_RATE, UnfitError, Verdict

if TYPE_CHECKING:
    from collections.abc import Generator

    from av.audio.stream import AudioStream
    from av.container import InputContainer

DEMUXERS = (
    "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "asf", "au", "avi", "caf", "eac3", "flac", "flv", "gsm",
    "loas", "matroska", "mov", "mp3", "mpeg", "mpegts", "ogg", "tta", "w64", "wav", "wv",
)  # fmt: skip
CODEC_PREFIXES = (
    "aac", "ac3", "adpcm_", "alac", "amrnb", "amrwb", "ape", "eac3", "flac", "gsm", "mp1", "mp2", "mp3", "opus",
    "pcm_", "speex", "tta", "vorbis", "wavpack", "wmalossless", "wmapro", "wmav1", "wmav2", "wmavoice",
)  # fmt: skip

# What PyAV raises over a file's bytes; IndexError where a stream appears half way. (MemoryError, which one of
# FFmpeg's errors is, does not tell about the file but about our limits: it is let through wherever this is caught.)
TROUBLE = (av.error.FFmpegError, OSError, IndexError, ValueError)

# A film with many languages and subtitles has some thirty.
_MOST_STREAMS = 64
_OPENING_SECONDS = 3.0
"""Of CPU of the thread that decodes: an honest file is open within milliseconds, one with a large cover within a tenth of a second, and a host
that has little time for us is not the file's fault."""
_WAVE = struct.Struct("<4s4x4s4s8xIIH")
"""How WAV files usually begin, up to their rates in samples and bytes, and the size of a sample of all channels."""
_MOST_PACKETS, _PACKETS_A_SECOND = 32, 10
_PROBED_BYTES = 131_072
"""FFmpeg looks at the samples of a WAV file whether they are not, after all, frames of MP3, AC-3 or the like: at 32 packets of a tenth
of a second or less. Of a CD's sound that takes 18 ms, each time a file is opened. So many bytes hold dozens of such frames."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bytes of a file from `start` up to `end` that are a file by themselves: all of it, or one link of a chain."""

    path: str
    start: int
    end: int

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start


class StretchFile(io.FileIO):
    """A stretch as FFmpeg should see it, which ends early for who reads headers for too long."""

    def __init__(self, stretch: Stretch) -> None:
        super().__init__(stretch.path)
        # PyAV would hand it on, and FFmpeg guesses formats by names.
        self.name = ""
        self.deadline: float | None = time.thread_time() + _OPENING_SECONDS
        self._stretch = stretch
        super().seek(stretch.start)

    @property
    def overdue(self) -> bool:
        """Whether reading headers took too long."""
        return self.deadline is not None and time.thread_time() > self.deadline

    def read(self, size: int | None = -1, /) -> bytes:
        """At most so many bytes; none at the end of the stretch."""
        if self.overdue:
            return b""
        left = max(0, self._stretch.end - super().tell())
        return super().read(left if size is None or size < 0 else min(size, left)) or b""

    def tell(self) -> int:
        """From the beginning of the stretch."""
        return super().tell() - self._stretch.start

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Tell FFmpeg of a seek to nowhere as it wants to be told.

        An exception would be kept by PyAV and raised over whatever this process does next, be it another's file.
        """
        origin = {SEEK_SET: 0, SEEK_CUR: self.tell(), SEEK_END: self._stretch.size}[whence]
        try:
            if origin + offset < 0:
                return -errno.EINVAL
            return super().seek(self._stretch.start + origin + offset) - self._stretch.start
        except (OSError, OverflowError) as error:
            return -(getattr(error, "errno", None) or errno.EINVAL)


@contextlib.contextmanager
def opened(stretch: Stretch) -> Generator[tuple[InputContainer, StretchFile]]:
    """Its container, and the file below, while it is open.

    Raises:
        UnfitError: DAMAGED: its headers have no end.
        Exception: one of `TROUBLE`, or MemoryError: FFmpeg can't open it.
    """
    options = {
        "format_whitelist": ",".join(DEMUXERS),
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(_codecs()),
        "max_streams": str(_MOST_STREAMS),
    }
    # A file object, not a path: FFmpeg has no name to guess by and no protocol to reach anything else.
    with StretchFile(stretch) as file:
        options |= _probing(file.read(_WAVE.size))
        file.seek(0)
        # Not as `options`: PyAV 17 keeps a table of those by stream, and writes past its end where streams appear late.
        with av.open(file, mode="r", metadata_errors="ignore", container_options=options) as container:
            if file.overdue:
                raise UnfitError(Verdict.DAMAGED)
            file.deadline = None
            yield container, file


def _probing(beginning: bytes) -> dict[str, str]:
    """How much of a file that begins so FFmpeg looks at to find out what is in it, if that is not for FFmpeg to decide."""
    if len(beginning) < _WAVE.size:
        return {}
    riff, wave, form, rate, byte_rate, size = _WAVE.unpack(beginning)
    if (riff, wave, form) != (b"RIFF", b"WAVE", b"fmt "):
        return {}
    # By the lower of the two, should they contradict each other.
    packet = max(1, min(byte_rate, rate * size) // _PACKETS_A_SECOND)
    return {"max_probe_packets": str(min(_MOST_PACKETS, math.ceil(_PROBED_BYTES / packet)))}


def check(stream: AudioStream) -> None:
    """Refuse by the header what can't be decoded, and what no device records and no budget of time is meant for.

    Raises:
        UnfitError: UNSUPPORTED, CHANNELS or RATE.
    """
    context = stream.codec_context
    # FFmpeg holds its list against what it opens to look into a file, not against what is opened to decode it.
    if cast("object", context) is None or context.name not in _codecs():
        raise UnfitError(Verdict.UNSUPPORTED)
    if context.channels > MOST_CHANNELS:
        raise UnfitError(Verdict.CHANNELS, found=context.channels)
    if context.sample_rate > MOST_RATE:
        raise UnfitError(Verdict.RATE, found=context.sample_rate)


@functools.cache
def _codecs() -> frozenset[str]:
    return frozenset(name for name in av.codecs_available if name.startswith(CODEC_PREFIXES))
