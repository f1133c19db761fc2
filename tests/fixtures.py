"""Recordings made while the tests run, in whatever format, and an ear for what is in a file."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np

from bot.models import Attachment, ChannelKind, Prompt, PromptSource, VoiceNote
from bot.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import OutputContainer
    from av.video.stream import VideoStream

    from bot.budgets import Paid

HERTZ = 440.0
LOUDNESS = 0.5 / math.sqrt(2)
"""The root mean square of the tone; full scale is 1."""
_HEARD_RATE = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """How a tone is to be recorded: container and codec by FFmpeg's names."""

    container: str
    codec: str
    rate: int = 48_000
    channels: int = 1
    bit_rate: int | None = None
    """For encoders without a default that fits."""
    film: bool = False
    """With moving pictures beside it."""
    silent: bool = False
    """Without the tone."""

    def write(self, path: Path, *, seconds: float = 2.0) -> Path:
        """Make the file; its path."""
        with av.open(str(path), "w", format=self.container) as container:
            stream = self._stream(container)
            pictures = _pictures(container) if self.film else None
            # Encoders of the experimental sort (FFmpeg's own Vorbis) have to be allowed.
            stream.options = {"strict": "experimental"}
            stream.codec_context.open()
            if pictures is not None:
                _film(container, pictures, seconds)
            resampler = av.AudioResampler(
                format=stream.format,
                layout=stream.layout,
                rate=self.rate,
                frame_size=stream.frame_size or None,
            )
            for sound in chain(_tone(self.rate, seconds, silent=self.silent), (None,)):
                for frame in resampler.resample(sound):
                    container.mux(_packets(stream, frame))
            container.mux(_packets(stream, None))
        return path

    def _stream(self, container: OutputContainer) -> AudioStream:
        layout = "stereo" if self.channels == 2 else "mono"
        stream = cast("AudioStream", container.add_stream(self.codec, rate=self.rate, layout=layout))
        formats = stream.codec_context.codec.audio_formats
        if formats:
            stream.codec_context.format = formats[0]
        if self.bit_rate is not None:
            stream.bit_rate = self.bit_rate
        return stream


def _packets(stream: AudioStream, frame: AudioFrame | None) -> list[av.Packet[AudioStream]]:
    return cast("list[av.Packet[AudioStream]]", stream.encode(frame))


def _pictures(container: OutputContainer) -> VideoStream:
    stream = container.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    return stream


def _film(container: OutputContainer, stream: VideoStream, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
    container.mux(stream.encode(None))


def silent_film(path: Path) -> Path:
    """A video without a sound track."""
    with av.open(str(path), "w", format="mp4") as container:
        _film(container, _pictures(container), 1.0)
    return path


@functools.cache
def samples(rate: int, seconds: float) -> bytes:
    """The tone as 16-bit samples."""
    angles = 2 * math.pi * HERTZ / rate * np.arange(round(rate * seconds))
    return np.rint(16_384 * np.sin(angles)).astype("<i2").tobytes()


def _tone(rate: int, seconds: float, *, silent: bool) -> list[AudioFrame]:
    sound, frames = samples(rate, seconds), list[av.AudioFrame]()
    if silent:
        sound = bytes(len(sound))
    for start in range(0, len(sound), 2 * rate):
        piece = sound[start : start + 2 * rate]
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(piece) // 2)
        frame.planes[0].update(piece)
        frame.sample_rate, frame.pts = rate, start // 2
        frames.append(frame)
    return frames


@dataclass(frozen=True, slots=True)
class Heard:
    """What is in a file, by an ear that is not the bot's."""

    seconds: float
    loudness: float
    purity: float
    """The part of its energy that lies at `HERTZ`; 1 is the pure tone."""


def heard(path: Path) -> Heard:
    """Decode a file that must be whole, and listen."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_HEARD_RATE)
    heard = bytearray()
    with av.open(str(path)) as container:
        for frame in chain(container.decode(container.streams.audio[0]), (None,)):
            for piece in resampler.resample(frame):
                heard += bytes(piece.planes[0])[: piece.samples * 2]
    sound = np.frombuffer(heard, dtype="<i2").astype(np.float64)
    angles = 2 * math.pi * HERTZ / _HEARD_RATE * np.arange(len(sound))
    energy = float(np.sum(sound**2))
    across, along = float(np.sum(sound * np.cos(angles))), float(np.sum(sound * np.sin(angles)))
    count = len(sound)
    return Heard(
        seconds=count / _HEARD_RATE,
        loudness=math.sqrt(energy / count) / 32_768 if count else 0.0,
        purity=2 * (across**2 + along**2) / count / energy if energy else 0.0,
    )


class Tally:
    """A meter that allows everything, and keeps what it is told."""

    def __init__(self) -> None:
        self.about: list[float] = []
        self.bills: list[Paid] = []

    async def about_to_send(self, seconds: float) -> None:
        """Kept."""
        self.about.append(seconds)

    async def about_to_ask(self) -> None:
        """Nobody else is at it."""

    def paid(self, paid: Paid) -> None:
        """Kept."""
        self.bills.append(paid)


def settings_of(**wanted: Any) -> Settings:
    """Settings as `wanted` and otherwise as they are by default, whatever this machine's environment says."""
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()
    }
    return Settings.model_construct(None, **{**defaults, **wanted})


def file_of(**wanted: Any) -> Attachment:
    """A voice message's file, but for what is `wanted` otherwise."""
    usual = Attachment(
        id=5,
        filename="voice-message.ogg",
        size=6,
        url="https://cdn.discordapp.com/attachments/2/5/voice-message.ogg",
    )
    return replace(usual, **wanted)


def note_of(**wanted: Any) -> VoiceNote:
    """A note in a channel, but for what is `wanted` otherwise."""
    usual = VoiceNote(
        message_id=1,
        channel_id=2,
        guild_id=3,
        channel_kind=ChannelKind.TEXT,
        author_id=4,
        attachment=file_of(),
        prompt=Prompt(text="What is said?", source=PromptSource.DEFAULT),
    )
    return replace(usual, **wanted)
