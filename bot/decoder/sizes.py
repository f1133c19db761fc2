"""How much sound fits into how many bytes of what is sent."""

from __future__ import annotations

RATE = 16_000
"""Samples a second of what is sent; speech models downsample to this anyway."""
FRAME = 576
"""Samples of an MP3 frame at this rate."""
WAV_BYTES_A_SECOND = RATE * 2
WAV_HEADER = 44
MP3_KBITS = (32, 24, 16)
"""MP3 bit rates, best first. Mono speech at 32 kbit/s costs no words; 16 kbit/s is the last resort."""

_FRAMES_BESIDE = 8
"""What an MP3's delay (LAME's own and every decoder's), LAME's end and the rounding to whole frames cost at most, which is three;
and five that a part can begin with at the lowest rate, so that it can be cut from another."""


def mp3_frame_bytes(kbits: int) -> int:
    """What each MP3 frame takes at that rate."""
    return kbits * 1000 * FRAME // 8 // RATE


def wav_seconds(size: int) -> float:
    """How much sound a WAV of that many bytes holds."""
    return max(0, size - WAV_HEADER) / WAV_BYTES_A_SECOND


def mp3_seconds(size: int, kbits: int) -> float:
    """How much sound an MP3 of that many bytes holds at that rate: a little less than it lasts."""
    return max(0, size // mp3_frame_bytes(kbits) - _FRAMES_BESIDE) * FRAME / RATE


def most_seconds_in(budget: int, formats: tuple[str, ...]) -> float:
    """The longest note that fits into one request of so many bytes of audio."""
    return mp3_seconds(budget, MP3_KBITS[-1]) if "mp3" in formats else wav_seconds(budget)
