"""Makes recordings of speech of any length, as people's devices record it, by repeating the sample."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import av
from av.audio.resampler import AudioResampler

from sandbox.sample import NOTE

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

_ROUND = 60.0
"""How many seconds are encoded; longer recordings repeat their packets, which is quicker."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a device records: FFmpeg's names of container and codec, rates, and what Discord says of the file."""

    container: str
    codec: str
    bit_rate: int
    rate: int
    layout: str
    sample_format: str
    filename: str
    content_type: str


VOICE_MESSAGE = Kind("ogg", "libopus", 32_000, 48_000, "mono", "s16", "voice-message.ogg", "audio/ogg")
VOICE_MEMO = Kind("ipod", "aac", 64_000, 48_000, "mono", "fltp", "memo.m4a", "audio/mp4")
MUSIC_PLAYER = Kind("mp3", "libmp3lame", 128_000, 44_100, "stereo", "s16p", "talk.mp3", "audio/mpeg")
STUDIO = Kind("wav", "pcm_s16le", 1_411_200, 44_100, "stereo", "s16", "talk.wav", "audio/wav")
_PIECE = 1_024
"""Samples of a packet where the encoder takes as many as it is given."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file, with what Discord says of it."""

    data: bytes
    seconds: float
    filename: str
    content_type: str


def recorded(kind: Kind, seconds: float) -> Recording:
    """Make a recording of so many seconds, to the nearest packet."""
    file = io.BytesIO()
    with av.open(file, "w", format=kind.container) as container:
        options: dict[str, Any] = {
            "layout": kind.layout,
            "format": kind.sample_format,
            "bit_rate": kind.bit_rate,
        }
        stream = cast("AudioStream", container.add_stream(kind.codec, rate=kind.rate, **options))
        length = _repeated(container, stream, _packets(stream, kind, min(seconds, _ROUND)), seconds)
    return Recording(file.getvalue(), length, kind.filename, kind.content_type)


def of_size(kind: Kind, size: int) -> Recording:
    """Make a recording of as much speech as fits into `size` bytes."""
    probe = recorded(kind, 2 * _ROUND)
    seconds = probe.seconds * size / len(probe.data)
    while len((recording := recorded(kind, seconds)).data) > size:
        seconds -= _ROUND / 4
    return recording


def _repeated(container: OutputContainer, stream: AudioStream, packets: list[bytes], seconds: float) -> float:
    samples = stream.codec_context.frame_size or _PIECE
    rate = stream.codec_context.sample_rate
    count = max(1, round(seconds * rate / samples))
    for number in range(count):
        packet = av.Packet(packets[number % len(packets)])
        packet.stream = stream
        packet.time_base = Fraction(1, rate)
        packet.duration = samples
        packet.pts = packet.dts = number * samples
        container.mux(packet)
    return count * samples / rate


def _packets(stream: AudioStream, kind: Kind, seconds: float) -> list[bytes]:
    """The packets of so many seconds of the sample."""
    frame = _speech(kind, seconds)
    encoded = cast("list[av.Packet[AudioStream]]", [*stream.encode(frame), *stream.encode(None)])
    if stream.codec_context.frame_size:
        return [bytes(packet) for packet in encoded]
    [whole] = map(bytes, encoded)
    size = _PIECE * stream.codec_context.channels * 2
    return [whole[at : at + size] for at in range(0, len(whole) - size + 1, size)]


def _speech(kind: Kind, seconds: float) -> av.AudioFrame:
    """So many seconds of the sample, repeated, as one long frame, which the encoder cuts up."""
    resampler = AudioResampler(format="s16", layout="mono", rate=kind.rate)
    with av.open(NOTE, "r") as container:
        sound = b"".join(
            bytes(piece.planes[0])[: piece.samples * 2]
            for frame in chain(container.decode(container.streams.audio[0]), (None,))
            for piece in resampler.resample(frame)
        )
    samples = round(seconds * kind.rate)
    sound = (sound * (samples * 2 // len(sound) + 1))[: samples * 2]
    speech = av.AudioFrame(format="s16", layout="mono", samples=samples)
    speech.sample_rate = kind.rate
    speech.planes[0].update(sound)
    [whole] = AudioResampler(format=kind.sample_format, layout=kind.layout, rate=kind.rate).resample(speech)
    return whole
