"""Sound to MP3, by LAME, in a thread beside whoever decodes; and how an MP3 is begun in the midst of another.

Each frame has the same size at the rates used here, and may borrow room for its data from those before it: the data lies
behind the header and the side information of each frame, one frame's after the other's, and a frame says how many bytes
before its own room its data begins. So an MP3 can end behind any frame, but not begin with any.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Self

import lameenc

from bot.decoder.sizes import RATE, mp3_frame_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from typing import BinaryIO

_QUALITY = 7
"""LAME's quickest; 8 and 9 make the very same bytes. Measured on the sample note at 32, 24 and 16 kbit/s: what went in lies 24.8,
22.7 and 21.2 dB above what differs from it in what comes out. 5 takes twice the CPU, and is further off by that measure (23.3,
21.3, 20.6 dB), if nearer in how loud each of 40 bands is (at 32 kbit/s, by 3.7 dB instead of 5.3). 2 is no better than 5."""
_WAITING = 8
"""Pieces that may wait for the encoder, before the decoder waits for it. On a busy machine the one goes on while the other
stands still."""
_HEADER, _SIDE = 4, 9
"""Bytes of a frame's header and of its side information, which begins with how much is borrowed; the rest is room for data."""
_MOST_BORROWED = 255


class Encoder:
    """One sound, in whatever pieces it comes, to one MP3. A context manager.

    The MP3 begins with LAME's delay. No frame in it describes the others, as a Xing header would.

    Args:
        kbits: bit rate, of `MP3_KBITS`.

    Raises:
        MemoryError: at the process's memory limit; so do its methods.
    """

    def __init__(self, kbits: int) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._jobs: deque[Future[bytes]] = deque()
        try:
            self._lame = lameenc.Encoder()
            self._lame.silence()
            self._lame.set_channels(1)
            self._lame.set_in_sample_rate(RATE)
            self._lame.set_out_sample_rate(RATE)
            self._lame.set_bit_rate(kbits)
            self._lame.set_quality(_QUALITY)
            # Only now it takes the memory it needs; and what was given no sound at all has no end.
            self._lame.encode(b"")
        except RuntimeError as error:
            raise _no_room(error) from error
        self._encode: Callable[[bytes], bytearray] = self._lame.encode
        self._flush: Callable[[], bytearray] = self._lame.flush

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self, sound: bytes) -> bytes:
        """What is ready, while this, of 16-bit samples, has to wait until what came before is encoded."""
        self._begin(partial(self._encode, sound))
        return self._made(_WAITING)

    def settled(self) -> bytes:
        """What there is of all that was taken: all but the last quarter of a second."""
        return self._made(0)

    def end(self) -> bytes:
        """The rest; there will be no more sound."""
        self._begin(self._flush)
        return self._made(0)

    def _made(self, waiting: int) -> bytes:
        """What is ready, and more where more pieces than that would wait."""
        made = bytearray()
        while self._jobs and (len(self._jobs) > waiting or self._jobs[0].done()):
            made += self._jobs.popleft().result()
        return bytes(made)

    def _begin(self, work: Callable[[], bytearray]) -> None:
        try:
            self._jobs.append(self._thread.submit(_done, work))
        except RuntimeError as error:
            raise _no_room(error) from error


def _done(work: Callable[[], bytearray]) -> bytes:
    try:
        return bytes(work())
    except RuntimeError as error:
        raise _no_room(error) from error


def _no_room(error: RuntimeError) -> MemoryError:
    """What it means that a thread can't begin, or that LAME fails with sound that it takes: nothing else can go wrong there."""
    return MemoryError(str(error))


def lead_in(mp3: BinaryIO, at: int, kbits: int) -> bytes:
    """Silent frames which hold the data that the frame at byte `at` of an MP3 borrows, so that another can begin with it.

    Args:
        mp3: where it is read; frames are there up to that one, and at least the beginning of that.
        at: of a frame's beginning.
        kbits: the bit rate.
    """
    size = mp3_frame_bytes(kbits)
    room = size - _HEADER - _SIDE
    mp3.seek(at + _HEADER)
    [borrowed] = mp3.read(1)
    count = -(-borrowed // room)
    mp3.seek(at - count * size)
    made = bytearray()
    for number in range(count):
        frame = mp3.read(size)
        # It has no data of its own; but as if it borrowed all there is, or decoders would drop that before it is needed.
        side = bytes((min(_MOST_BORROWED, number * room),)) + bytes(_SIDE - 1)
        made += frame[:_HEADER] + side + frame[_HEADER + _SIDE :]
    return bytes(made)
