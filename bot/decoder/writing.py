"""Where decoded sound goes: nowhere, into a WAV, into an MP3; never past a budget of bytes."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING, Protocol, Self, cast

import av

if TYPE_CHECKING:
    from pathlib import Path

    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

RATE = 16_000
"""Samples a second of what is sent; speech models downsample to this anyway."""
WAV_BYTES_A_SECOND = RATE * 2
MP3_KBITS = (32, 24, 16)
"""MP3 bit rates, best first. Mono speech at 32 kbit/s costs no words; 16 kbit/s is the last resort."""


class Full(Exception):  # noqa: N818 - it stops a sink, it is no error
    """The result grew past the budget."""


class Sink(Protocol):
    """Takes frames of 16-bit mono at `RATE`, each of `frame_size` samples where that is not None."""

    frame_size: int | None

    def write(self, frame: AudioFrame) -> None:
        """Take one frame.

        Raises:
            Full: it does not fit the budget.
        """
        ...


class Nothing:
    """Takes all and keeps nothing, where sound is only measured."""

    frame_size: int | None = None

    def write(self, frame: AudioFrame) -> None:
        """Let it pass."""


class Wav:
    """16 kHz mono 16-bit WAV."""

    frame_size: int | None = None

    def __init__(self, path: Path, budget: int) -> None:
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 - closed in __exit__
        self._file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        self._left = budget - 44

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, frame: AudioFrame) -> None:
        """Append one frame, within the budget."""
        self._left -= frame.samples * 2
        if self._left < 0:
            raise Full
        self._file.writeframesraw(bytes(frame.planes[0])[: frame.samples * 2])


class Mp3:
    """16 kHz mono MP3."""

    frame_size: int | None = 576
    """What LAME takes at a time at this rate."""

    def __init__(self, path: Path, budget: int, kbits: int) -> None:
        self._container = av.open(str(path), "w", format="mp3")
        # At these bit rates LAME's quickest effort cannot be told from its slowest, at two thirds of the time.
        self._stream = self._container.add_stream(
            "libmp3lame", rate=RATE, layout="mono", format="s16p", options={"compression_level": "9"}
        )
        self._stream.bit_rate = kbits * 1000
        self._left = budget

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def write(self, frame: AudioFrame) -> None:
        """Encode one frame, within the budget."""
        frame.pts = None
        for packet in cast("list[av.Packet[AudioStream]]", self._stream.encode(frame)):
            self._left -= packet.size
            if self._left < 0:
                raise Full
            self._container.mux(packet)
