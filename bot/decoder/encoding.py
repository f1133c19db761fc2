"""MP3 encoders side by side, each with a stretch of one sound. Together they make what one alone would have made."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self, cast

import av

from bot.decoder.sizes import FRAME, RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream

_BYTES = FRAME * 2
"""Of a frame's samples."""
_AT_ONCE = 4
"""Encoders that work at the same time, beside the decoder. To encode takes two to four times as long as to decode. A host has
two cores, as a rule; but threads of Python wait for each other now and then, and then others go on."""
_STRETCH = 512
"""Frames of a stretch, 18 s: to begin one costs a millisecond or two."""
_BEFORE = 8
"""Frames that an encoder is given before its stretch, and of which nothing is kept. A frame is made from what comes in
with it, and from what is left of those before: measured, from the third on nothing of an encoder's beginning is."""
_BEHIND = 4
"""Likewise behind it: encoders look ahead."""
_WAITING = 6
"""Stretches that may wait for an encoder, before the decoder waits for them."""
_TOGETHER = 16
"""Frames that are handed to PyAV at once, which hands them to LAME one by one: a call from Python costs more than that."""


class Encoders:
    """Samples in, the bytes of MP3 frames out, all of one size and in order. A context manager.

    The first frame, which holds only LAME's delay, is left out.

    Args:
        kbits: bit rate.
    """

    def __init__(self, kbits: int) -> None:
        self._kbits = kbits
        self._threads = ThreadPoolExecutor(_AT_ONCE)
        self._jobs: deque[Future[bytes]] = deque()
        self._sound = bytearray()
        """What no encoder has had yet, and before it as many frames of what one has had as the next is to begin with."""
        self._before = 0
        """How many those are."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Encoders that are at it end when their stretch does, within moments.
        self._threads.shutdown(cancel_futures=True)

    def take(self, sound: memoryview) -> Iterator[bytes]:
        """Frames that are ready, after some more samples, which are 16-bit.

        Raises:
            MemoryError: at the process's memory limit.
        """
        self._sound += sound
        if len(self._sound) >= (self._before + _STRETCH + _BEHIND) * _BYTES:
            self._begin(_STRETCH)
        while self._jobs and (len(self._jobs) > _WAITING or self._jobs[0].done()):
            yield self._jobs.popleft().result()

    def settled(self) -> Iterator[bytes]:
        """All frames that can be made of what was taken so far: all but what the last tenth of a second is in."""
        if (frames := len(self._sound) // _BYTES - self._before - _BEHIND) > 0:
            self._begin(frames)
        yield from self._results()

    def end(self) -> Iterator[bytes]:
        """All that are left; there will be no more samples."""
        self._submit(bytes(self._sound), None)
        self._sound.clear()
        yield from self._results()

    def _begin(self, frames: int) -> None:
        """Hand so many frames to an encoder."""
        end = self._before + frames
        sound = bytes(self._sound[: (end + _BEHIND) * _BYTES])
        self._submit(sound, end)
        kept = min(end, _BEFORE)
        del self._sound[: (end - kept) * _BYTES]
        self._before = kept

    def _submit(self, sound: bytes, end: int | None) -> None:
        try:
            self._jobs.append(self._threads.submit(_encoded, sound, self._kbits, self._before or 1, end))
        except RuntimeError as error:
            raise MemoryError("no room for another thread") from error

    def _results(self) -> Iterator[bytes]:
        while self._jobs:
            yield self._jobs.popleft().result()


def _encoded(sound: bytes, kbits: int, first: int, end: int | None) -> bytes:
    """The frames from number `first` on, from 0, up to `end`, or to the end of the sound and the encoder's own."""
    encoder = cast("AudioCodecContext", av.CodecContext.create("libmp3lame", "w"))
    # At these bit rates LAME's quickest effort cannot be told from its slowest, at two thirds of the time.
    encoder.options = {"compression_level": "9", "reservoir": "0"}
    encoder.sample_rate, encoder.layout = RATE, "mono"
    encoder.format = av.AudioFormat("s16p")
    encoder.bit_rate = kbits * 1000
    made: list[av.Packet[AudioStream]] = []
    for at in range(0, len(sound), _TOGETHER * _BYTES):
        made += _packets(encoder, _frame(sound[at : at + _TOGETHER * _BYTES]))
    if end is None:
        made += _packets(encoder, None)
    return b"".join(bytes(packet) for packet in made[first:end])


def _packets(encoder: AudioCodecContext, frame: AudioFrame | None) -> list[av.Packet[AudioStream]]:
    return cast("list[av.Packet[AudioStream]]", encoder.encode(frame))


def _frame(sound: bytes) -> AudioFrame:
    frame = av.AudioFrame(format="s16p", layout="mono", samples=len(sound) // 2)
    frame.sample_rate = RATE
    frame.planes[0].update(sound)
    return frame
