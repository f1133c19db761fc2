"""Decodes audio into the samples speech recognition takes. A file in another format than it is said to be is refused."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import av
import av.error
from av.audio.resampler import AudioResampler

if TYPE_CHECKING:
    from av.container import InputContainer

RATE = 16_000
BYTES_PER_SAMPLE = 2

# What the wire calls a format -> FFmpeg's name of the container it must be in.
CONTAINERS = {
    "aac": "aac",
    "aiff": "aiff",
    "flac": "flac",
    "m4a": "mov,mp4,m4a,3gp,3g2,mj2",
    "mp3": "mp3",
    "ogg": "ogg",
    "wav": "wav",
}


class UndecodableError(Exception):
    """The bytes are not audio, or not audio of the format named."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Decoded audio: 16 kHz, mono, signed 16-bit little-endian."""

    pcm: bytes

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.pcm) / (RATE * BYTES_PER_SAMPLE)


def decode(data: bytes, form: str) -> Sound:
    """Decode all of `data`, which must be in the container `form` (a key of `CONTAINERS`) names.

    Raises `UndecodableError`. FFmpeg finds the format in the bytes and may choose only among those of the table:
    playlists and the like, which would make it open other files or the network, are not in it.
    """
    options = {"format_whitelist": ",".join(CONTAINERS.values()), "protocol_whitelist": "none"}
    try:
        with av.open(io.BytesIO(data), "r", container_options=options) as container:
            if container.format.name != CONTAINERS[form]:
                raise UndecodableError(f"the audio is {container.format.name}, not {form}")
            pcm = _samples(container)
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableError(f"the audio cannot be opened or decoded as {form}: {error}") from error
    if not pcm:
        raise UndecodableError("there is no sound in the audio")
    return Sound(pcm)


def _samples(container: InputContainer) -> bytes:
    if not container.streams.audio:
        raise UndecodableError("there is no audio stream")
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    pcm = bytearray()
    # The trailing None drains what the resampler still holds.
    for frame in chain(container.decode(container.streams.audio[0]), (None,)):
        for resampled in resampler.resample(frame):
            # A plane may be padded beyond its samples.
            pcm += bytes(resampled.planes[0])[: resampled.samples * BYTES_PER_SAMPLE]
    return bytes(pcm)
