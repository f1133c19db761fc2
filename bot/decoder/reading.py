"""Opening and decoding a file nobody vouches for."""

from __future__ import annotations

import contextlib
import errno
import functools
import io
import time
from dataclasses import dataclass
from os import SEEK_CUR, SEEK_SET
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.error

from bot.decoder.mixing import Mixer
from bot.decoder.writing import RATE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet as AnyPacket

    Packet = AnyPacket[AudioStream]

    from bot.decoder.writing import Sink

DEMUXERS = (
    "aac", "ac3", "aiff", "amr", "amrnb", "amrwb", "ape", "asf", "au", "avi", "caf", "eac3", "flac", "flv", "gsm",
    "loas", "matroska", "mov", "mp3", "mpeg", "mpegts", "ogg", "tta", "w64", "wav", "wv",
)  # fmt: skip
CODEC_PREFIXES = (
    "aac", "ac3", "adpcm_", "alac", "amrnb", "amrwb", "ape", "eac3", "flac", "gsm", "mp1", "mp2", "mp3", "opus",
    "pcm_", "speex", "tta", "vorbis", "wavpack", "wmalossless", "wmapro", "wmav1", "wmav2", "wmavoice",
)  # fmt: skip

# Formats of the completion API, by what a file must be to be sent as one: demuxer and codecs.
_AS_IS = {
    ("wav", "pcm_s16le"): "wav",
    ("mp3", "mp3"): "mp3",
    ("mp3", "mp3float"): "mp3",
    ("ogg", "opus"): "ogg",
    ("ogg", "vorbis"): "ogg",
    ("flac", "flac"): "flac",
    ("mov,mp4,m4a,3gp,3g2,mj2", "aac"): "m4a",
    ("mov,mp4,m4a,3gp,3g2,mj2", "alac"): "m4a",
    ("aac", "aac"): "aac",
    ("aiff", "pcm_s16be"): "aiff",
}


# A film with many languages and subtitles has some thirty.
_MOST_STREAMS = 64
_MOST_CHANNELS = 8
_MOST_RATE = 384_000
_OPENING_SECONDS = 3.0
"""Of CPU: an honest file is open within milliseconds, one with a large cover within a tenth of a second, and a host
that has little time for us is not the file's fault."""
_SAMPLES_A_BYTE = 250
_SAMPLES_AT_LEAST = 900 * 48_000 * 2
"""So many samples are decoded of any file, a quarter of an hour of stereo; beyond, as many as its size makes believable.

A voice takes a byte for every 60 samples at the lowest rate of Opus, for every 13 in AMR. Pauses take less, silence
next to nothing: hours of it fit into kilobytes, and end here.
"""
_MOST_WAV_CHUNKS = 1_000

# How files of the list begin, as far as they have a beginning of their own: (offset, bytes).
_SIGNATURES = (
    (0, b"OggS"), (0, b"fLaC"), (0, b"ID3\2"), (0, b"ID3\3"), (0, b"ID3\4"), (8, b"WAVE"), (8, b"AVI "),
    (8, b"AIFF"), (8, b"AIFC"), (4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (0, b"caff"), (0, b"wvPK"), (0, b"#!AMR"),
    (0, b"0&\xb2u\x8ef\xcf\x11"), (0, b"FLV\1"),
)  # fmt: skip


# What PyAV raises over a file's bytes; IndexError where a stream appears half way. (MemoryError, which one of
# FFmpeg's errors is, does not tell about the file but about our limits: it is let through wherever this is caught.)
_TROUBLE = (av.error.FFmpegError, OSError, IndexError, ValueError)


class UnreadableError(Exception):
    """No allowed demuxer knows these bytes, or no allowed decoder what is in them."""


class BrokenError(Exception):
    """They begin like a format of the list, but nothing can be made of them."""


class TooMuchError(Exception):
    """More seconds than allowed came out of the decoder, whatever the header said."""


class SparseError(Exception):
    """More came out than any voice fits into so few bytes: it is silence, blown up."""


@dataclass(frozen=True, slots=True)
class Looks:
    """What a file is at first sight. `seconds` is what it claims; `format` the API's name, if it has one."""

    seconds: float | None
    format: str | None
    channels: int


@dataclass(frozen=True, slots=True)
class Sound:
    """What came out of a file; `clean` where nothing of it had to be passed over, `levels` as it was heard."""

    seconds: float
    clean: bool
    levels: Sequence[float]


def look(source: str) -> Looks | None:
    """What the file is, without decoding it; None if it holds no sound.

    Raises:
        UnreadableError: it is no audio or video format of the list.
        BrokenError: it was to be one, but is damaged or incomplete from the start.
    """
    try:
        with _opened(source) as container:
            if not container.streams.audio:
                return None
            _check(container.streams.audio[0])
            return Looks(
                seconds=_announced_seconds(container),
                format=_format(container, source),
                channels=container.streams.audio[0].codec_context.channels,
            )
    except (*_TROUBLE, MemoryError) as error:
        # To look at an honest file takes little memory: one that needs all there is, is none.
        raise (BrokenError if _begins_well(source) else UnreadableError)(str(error)) from error


def decode(source: str, sink: Sink, *, most_seconds: float, channel: int | None = None) -> Sound:
    """Decode the file's first audio stream into `sink` as 16 kHz mono, passing over what is broken.

    Its channels are mixed, unless only one is wanted.

    Raises:
        TooMuchError: after `most_seconds` of sound.
        SparseError: after more sound than a file of this size can hold.
        Full: from the sink.
    """
    damage: list[Exception] = []
    mixer = Mixer(sink.frame_size, sink.sample_format, channel=channel)
    samples = 0
    with _opened(source) as container:
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        sparse_after = _believable_seconds(stream, source)
        for piece in _mixed(mixer, _frames(container, stream, damage), damage):
            samples += piece.samples
            if samples > most_seconds * RATE:
                raise TooMuchError
            if samples > sparse_after * RATE:
                raise SparseError
            sink.write(piece)
    return Sound(samples / RATE, clean=not damage, levels=mixer.levels)


def _check(stream: AudioStream) -> None:
    """Refuse by the header what no device records and no budget of time or memory is meant for."""
    if cast("object", stream.codec_context) is None:
        raise UnreadableError("nobody knows its codec")
    # FFmpeg holds its list against what it opens to look into a file, not against what is opened to decode it.
    if stream.codec_context.name not in _codecs():
        raise UnreadableError(f"{stream.codec_context.name} is not on the list")
    if stream.codec_context.channels > _MOST_CHANNELS or stream.codec_context.sample_rate > _MOST_RATE:
        raise BrokenError("no device records this")


def _believable_seconds(stream: AudioStream, source: str) -> float:
    samples = max(_SAMPLES_AT_LEAST, Path(source).stat().st_size * _SAMPLES_A_BYTE)
    context = stream.codec_context
    return samples / (max(1, context.sample_rate) * max(1, context.channels))


class _File(io.FileIO):
    """A file as FFmpeg should see it, which ends early for who reads headers for too long."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.deadline: float | None = time.process_time() + _OPENING_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        if self.deadline is not None and time.process_time() > self.deadline:
            return b""
        return super().read(size) or b""

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Tell FFmpeg of a seek to nowhere as it wants to be told.

        An exception would be kept by PyAV and raised over whatever this process does next, be it another's file.
        """
        try:
            return super().seek(offset, whence)
        except OSError as error:
            return -(error.errno or errno.EINVAL)


@contextlib.contextmanager
def _opened(source: str) -> Generator[InputContainer]:
    options = {
        "format_whitelist": ",".join(DEMUXERS),
        "protocol_whitelist": "none",
        "codec_whitelist": ",".join(_codecs()),
        "max_streams": str(_MOST_STREAMS),
    }
    # A file object, not a path: FFmpeg sees no name to guess by and has no protocol to reach anything else.
    with (
        _File(source) as file,
        # Not as `options`: PyAV 17 keeps a table of those by stream, and writes past its end where streams appear late.
        av.open(file, mode="r", metadata_errors="ignore", container_options=options) as container,
    ):
        if file.deadline is not None and time.process_time() > file.deadline:
            raise BrokenError("its headers have no end")
        file.deadline = None
        yield container


@functools.cache
def _codecs() -> frozenset[str]:
    return frozenset(name for name in av.codecs_available if name.startswith(CODEC_PREFIXES))


def _announced_seconds(container: InputContainer) -> float | None:
    stream = container.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


def _format(container: InputContainer, source: str) -> str | None:
    demuxer, codec = container.format.name, container.streams.audio[0].codec_context.name
    if demuxer != "mp3" and any(stream.type == "video" for stream in container.streams):
        return None  # A cover picture in an MP3 is harmless; elsewhere it may be a whole film.
    if demuxer == "wav" and not _wav_sizes_right(source):
        return None
    return _AS_IS.get((demuxer, codec))


def _begins_well(source: str) -> bool:
    with Path(source).open("rb") as file:
        head = file.read(16)
    return any(head.startswith(signature, offset) for offset, signature in _SIGNATURES)


def _wav_sizes_right(source: str) -> bool:
    """Whether a WAV's header tells its true sizes; streaming encoders leave 0 or 4 GB, which others trip over."""
    size = Path(source).stat().st_size
    with Path(source).open("rb") as file:
        head = file.read(12)
        if abs(int.from_bytes(head[4:8], "little") + 8 - size) > 1:
            return False
        for _ in range(_MOST_WAV_CHUNKS):
            if len(head := file.read(8)) < 8:  # noqa: PLR2004 - a chunk's name and length
                break
            length = int.from_bytes(head[4:], "little")
            if head[:4] == b"data":
                return 0 < length <= size - file.tell()
            file.seek(length + length % 2, SEEK_CUR)
    return False


def _frames(container: InputContainer, stream: AudioStream, damage: list[Exception]) -> Iterator[AudioFrame]:
    packets = container.demux(stream)
    while True:
        try:
            # A demuxer that fails has ended; a packet that cannot be decoded costs that packet.
            packet = _next(packets)
            frames = packet.decode() if packet is not None else []
        except MemoryError:
            raise
        except av.error.EOFError as error:
            if isinstance(error.__cause__, MemoryError):
                _note(damage, error)
            return
        except _TROUBLE as error:
            _note(damage, error)
            continue
        if packet is None:
            return
        yield from frames


def _next(packets: Iterator[Packet]) -> Packet | None:
    try:
        return next(packets, None)
    except MemoryError as error:
        # Also how FFmpeg says that there are more streams than it may have.
        raise av.error.EOFError(errno.EIO, "no memory for the next packet") from error


def _mixed(mixer: Mixer, frames: Iterator[AudioFrame], damage: list[Exception]) -> Iterator[AudioFrame]:
    for frame in frames:
        try:
            yield from mixer.take(frame)
        except MemoryError:
            raise
        except _TROUBLE as error:
            # Nobody can make sound of this one.
            _note(damage, error)
    yield from mixer.finish()


def _note(damage: list[Exception], error: Exception) -> None:
    """Keep the first, which is enough to know; a long file of nothing else must not fill the memory."""
    damage[:] = damage or [error]
