"""Makes a tone in every audio format people's devices record: files to test and to fuzz the decoder with."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

HERTZ = 440.0
PEAK = 0.5
"""The tone's largest sample; full scale is 1."""
SECONDS = 2.0

_SAMPLES = Path(__file__).parent / "samples"
_PICTURE = (64, 48)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a file is made: container and encoders by FFmpeg's names, rates in hertz and bits a second."""

    name: str
    container: str
    encoder: str
    rate: int = 48_000
    layout: str = "mono"
    bit_rate: int | None = None
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Options of the encoder."""
    muxing: Mapping[str, str] = field(default_factory=dict[str, str])
    """Options of the container."""
    film: str | None = None
    """The encoder of a video stream beside the sound; None: there is none."""
    finish: Callable[[bytes], bytes] | None = None
    """Changes the file's bytes at the end."""

    def make(self, seconds: float = SECONDS, *, channels: tuple[int, ...] | None = None) -> bytes:
        """Make the file. The tone is in all channels, or only in those numbered in `channels` (from 0)."""
        output = io.BytesIO()
        with av.open(output, "w", format=self.container, options=dict(self.muxing)) as container:
            stream = self._sound(container)
            pictures = self._pictures(container)
            if pictures is not None:
                container.mux(list(_film(pictures, seconds)))
            resampler = av.AudioResampler(stream.format, stream.layout, self.rate, stream.frame_size or None)
            for frame in (*tone(self.rate, self.layout, seconds, channels), None):
                for piece in resampler.resample(frame):
                    container.mux(_packets(stream, piece))
            container.mux(_packets(stream, None))
            if pictures is not None:
                container.mux(pictures.encode(None))
        made = output.getvalue()
        return self.finish(made) if self.finish else made

    def _sound(self, container: OutputContainer) -> AudioStream:
        stream = cast("AudioStream", container.add_stream(self.encoder, rate=self.rate, layout=self.layout))
        formats = stream.codec_context.codec.audio_formats
        if formats and not self.encoder.startswith("pcm_"):
            stream.codec_context.format = formats[0]
        if self.bit_rate is not None:
            stream.bit_rate = self.bit_rate
        # FFmpeg's own Vorbis encoder is marked as experimental and has to be allowed.
        stream.options = {"strict": "experimental", **self.options}
        stream.codec_context.open()
        return stream

    def _pictures(self, container: OutputContainer) -> VideoStream | None:
        if self.film is None:
            return None
        stream = cast("VideoStream", container.add_stream(self.film, rate=25))
        stream.width, stream.height = _PICTURE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.open()
        return stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A file kept in `samples/`, with two seconds of the tone, as PyAV's FFmpeg has no encoder for it."""

    name: str
    file: str

    def make(self) -> bytes:
        """Read the file."""
        return (_SAMPLES / self.file).read_bytes()


@functools.cache
def tone(
    rate: int, layout: str, seconds: float, channels: tuple[int, ...] | None = None
) -> tuple[AudioFrame, ...]:
    """The tone in frames of a tenth of a second, as floats; channels not named are silent."""
    count = av.AudioLayout(layout).nb_channels
    wave = PEAK * np.sin(2 * np.pi * HERTZ / rate * np.arange(round(rate * seconds)))
    loud = np.array([[1.0 if channels is None or number in channels else 0.0] for number in range(count)])
    # Channels interleaved, not in planes: PyAV counts the planes of eight channels wrongly.
    sound = (loud * wave).T.astype(np.float32)
    frames: list[AudioFrame] = []
    for start in range(0, len(sound), rate // 10):
        piece = np.ascontiguousarray(sound[start : start + rate // 10]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, "flt", layout)
        frame.sample_rate, frame.pts = rate, start
        frames.append(frame)
    return tuple(frames)


def _packets(stream: AudioStream, frame: AudioFrame | None) -> list[av.Packet[AudioStream]]:
    return cast("list[av.Packet[AudioStream]]", stream.encode(frame))


def _film(stream: VideoStream, seconds: float) -> Iterator[av.Packet[VideoStream]]:
    for _ in range(round(seconds * 25)):
        frame = av.VideoFrame(*_PICTURE, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        yield from stream.encode(frame)


def id3(*frames: tuple[bytes, bytes]) -> bytes:
    """An ID3v2.3 tag with these frames (name and content), to be put before an MP3."""
    body = b"".join(name + struct.pack(">IH", len(content), 0) + content for name, content in frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + body


def png(width: int, height: int) -> bytes:
    """A black PNG picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    pixels = zlib.compress(bytes((width // 8 + 1) * height), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _with_cover(mp3: bytes) -> bytes:
    return id3((b"TIT2", b"\0Title"), (b"APIC", b"\0image/png\0\3\0" + png(600, 600))) + mp3


def _with_megabytes_of_id3(mp3: bytes) -> bytes:
    return id3((b"TIT2", b"\0Title"), (b"PRIV", b"earshot\0" + bytes(3_000_000))) + mp3


def _streamed(wav: bytes) -> bytes:
    """A WAV with the sizes unknown, as programs leave them that write into a pipe and can't go back."""
    data = wav.index(b"data") + 4
    return wav[:4] + b"\xff" * 4 + wav[8:data] + b"\xff" * 4 + wav[data + 4 :]


def _he_aac(m4a: bytes) -> bytes:
    """Mark an AAC file as HE-AAC: FFmpeg's encoder ends its description with 'no SBR', which becomes 'SBR, 48 kHz'.

    Its frames carry no high half, which is allowed: decoders double the rate all the same.
    """
    return m4a.replace(b"\x56\xe5\x00", b"\x56\xe5\x98")


_EVERY_WAV = ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_f64le")
_VBR = {"flags": "+qscale", "global_quality": str(4 * 118)}
_FRAGMENTS = {"movflags": "frag_keyframe+empty_moov", "frag_duration": "500000"}
RECIPES: tuple[Recipe | Sample, ...] = (
    Recipe(name="ogg-opus", container="ogg", encoder="libopus"),
    Recipe(name="ogg-vorbis", container="ogg", encoder="vorbis", layout="stereo", bit_rate=96_000),
    Sample(name="ogg-speex", file="speex.ogg"),
    Recipe(name="ogg-flac", container="ogg", encoder="flac"),
    Recipe(name="mp3-cbr", container="mp3", encoder="libmp3lame", rate=44_100, bit_rate=128_000),
    Recipe(name="mp3-vbr", container="mp3", encoder="libmp3lame", rate=44_100, options=_VBR, layout="stereo"),
    Recipe(name="mp3-cover", container="mp3", encoder="libmp3lame", rate=44_100, finish=_with_cover),
    Recipe(name="mp3-id3", container="mp3", encoder="libmp3lame", rate=22_050, finish=_with_megabytes_of_id3),
    Recipe(name="mp2", container="mp2", encoder="mp2", layout="stereo"),
    Recipe(name="m4a-aac", container="ipod", encoder="aac", rate=44_100),
    Recipe(name="m4a-he-aac", container="ipod", encoder="aac", rate=24_000, finish=_he_aac),
    Recipe(name="m4a-alac", container="ipod", encoder="alac", rate=44_100),
    Recipe(name="mp4-fragments", container="mp4", encoder="aac", layout="stereo", muxing=_FRAGMENTS),
    Recipe(name="3gp-amr-nb", container="3gp", encoder="libopencore_amrnb", rate=8_000),
    Recipe(name="amr-nb", container="amr", encoder="libopencore_amrnb", rate=8_000),
    Sample(name="amr-wb", file="amr-wb.awb"),
    Recipe(name="aac-adts", container="adts", encoder="aac", rate=44_100, layout="stereo"),
    Recipe(name="webm-opus", container="webm", encoder="libopus"),
    Recipe(name="mkv-aac", container="matroska", encoder="aac"),
    Recipe(name="mkv-flac", container="matroska", encoder="flac"),
    *(
        Recipe(name=f"wav-{codec.removeprefix('pcm_')}", container="wav", encoder=codec)
        for codec in _EVERY_WAV
    ),
    Recipe(name="wav-alaw", container="wav", encoder="pcm_alaw", rate=8_000),
    Recipe(name="wav-mulaw", container="wav", encoder="pcm_mulaw", rate=8_000),
    Recipe(name="wav-adpcm-ms", container="wav", encoder="adpcm_ms", rate=22_050),
    Recipe(name="wav-adpcm-ima", container="wav", encoder="adpcm_ima_wav", rate=22_050),
    Recipe(name="wav-extensible", container="wav", encoder="pcm_s24le", rate=96_000, layout="5.1"),
    Recipe(name="wav-streamed", container="wav", encoder="pcm_s16le", finish=_streamed),
    Recipe(name="w64", container="w64", encoder="pcm_s16le"),
    Recipe(name="aiff", container="aiff", encoder="pcm_s16be", rate=44_100, layout="stereo"),
    Recipe(name="aiff-c", container="aiff", encoder="pcm_f32be", rate=44_100),
    Recipe(name="caf-pcm", container="caf", encoder="pcm_s16be"),
    Recipe(name="caf-alac", container="caf", encoder="alac"),
    Recipe(name="flac", container="flac", encoder="flac"),
    Recipe(name="wma-1", container="asf", encoder="wmav1", rate=44_100, bit_rate=64_000),
    Recipe(name="wma-2", container="asf", encoder="wmav2", rate=44_100, bit_rate=64_000),
    Recipe(name="au", container="au", encoder="pcm_s16be"),
    Recipe(name="ac3", container="ac3", encoder="ac3"),
    Recipe(name="eac3", container="eac3", encoder="eac3"),
    Recipe(name="wavpack", container="wv", encoder="wavpack"),
    Recipe(name="tta", container="tta", encoder="tta"),
    Recipe(name="film-mp4", container="mp4", encoder="aac", film="mpeg4"),
    Recipe(name="film-mov", container="mov", encoder="pcm_s16le", film="mpeg4"),
    Recipe(name="film-webm", container="webm", encoder="libopus", film="libvpx"),
    Recipe(name="film-mkv", container="matroska", encoder="vorbis", layout="stereo", film="mpeg4"),
    Recipe(name="film-avi", container="avi", encoder="libmp3lame", film="mpeg4"),
    Recipe(name="film-mpegts", container="mpegts", encoder="aac", film="mpeg2video"),
    Recipe(name="film-mpeg", container="mpeg", encoder="mp2", film="mpeg1video"),
    Recipe(name="film-3gp-amr-nb", container="3gp", encoder="libopencore_amrnb", rate=8_000, film="mpeg4"),
    Recipe(name="film-flv", container="flv", encoder="libmp3lame", rate=44_100, film="flv"),
)
