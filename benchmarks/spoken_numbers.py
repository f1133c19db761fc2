"""Voice messages that tell their number in tones, so that the model that hears one knows which of them it hears.

A number is sixteen bits and four to check them by, a tenth of a second each: a low tone for 0 and a high one for 1.
Encoding with loss, resampling and a delay at the beginning do no harm to that.
"""

from __future__ import annotations

import array
import io
import math
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import av

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

LARGEST = 0xFFFF
_BITS, _CHECK_BITS = 16, 4
_CELL_SECONDS = 0.1
SECONDS = (_BITS + _CHECK_BITS) * _CELL_SECONDS
"""The length of each of them."""

_RATE = 48_000
_PACKETS_A_SECOND = 50
_LOW, _HIGH = 400, 1200
"""Hertz. A packet holds a whole number of waves of either, so that any may follow any."""
_LOUDNESS = 9_000
_HEARD = 2_000
"""What is as loud as this belongs to a tone."""


class UnreadableError(Exception):
    """The sound tells no number; the message says why."""


def spoken(number: int) -> bytes:
    """An Ogg file with Opus, as Discord's clients record it, that tells a number from 0 to `LARGEST`."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = _stream(container)
        samples = _RATE // _PACKETS_A_SECOND
        packets = [data for bit in _bits(number) for data in _tones()[bit]]
        for place, data in enumerate(packets):
            packet = av.Packet(data)
            packet.stream = stream
            packet.time_base = Fraction(1, _RATE)
            packet.duration = samples
            packet.pts = packet.dts = place * samples
            container.mux(packet)
    return file.getvalue()


def number_in(pcm: bytes, rate: int) -> int:
    """The number that a sound tells: mono, signed 16-bit little-endian. Raises `UnreadableError`."""
    samples = array.array("h", pcm)
    begin = next((at for at, sample in enumerate(samples) if abs(sample) > _HEARD), None)
    if begin is None:
        raise UnreadableError("nothing is heard")
    cell = rate * _CELL_SECONDS
    bits = "".join(
        "1" if _hertz(samples, begin + cell * (place + 0.25), cell / 2, rate) > (_LOW + _HIGH) / 2 else "0"
        for place in range(_BITS + _CHECK_BITS)
    )
    number = int(bits[:_BITS], 2)
    if bits != _bits(number):
        raise UnreadableError(f"{bits} has the wrong check bits")
    return number


@cache
def _tones() -> dict[str, list[bytes]]:
    """The packets of a cell for each bit. They are encoded once, since that takes longer than all the rest."""
    return {"0": _packets(_LOW), "1": _packets(_HIGH)}


def _packets(hertz: int) -> list[bytes]:
    """A cell of a tone, as the encoder writes it in the midst of one."""
    wave = (int(_LOUDNESS * math.sin(2 * math.pi * hertz * at / _RATE)) for at in range(_RATE))
    frame = av.AudioFrame(format="s16", layout="mono", samples=_RATE)
    frame.sample_rate = _RATE
    frame.planes[0].update(array.array("h", wave).tobytes())
    with av.open(io.BytesIO(), "w", format="ogg") as container:
        stream = _stream(container)
        encoded = cast("list[av.Packet[AudioStream]]", [*stream.encode(frame), *stream.encode(None)])
        packets = [bytes(packet) for packet in encoded]
    in_a_cell = round(_CELL_SECONDS * _PACKETS_A_SECOND)
    return packets[len(packets) // 2 :][:in_a_cell]


def _stream(container: OutputContainer) -> AudioStream:
    options: dict[str, Any] = {"layout": "mono", "format": "s16", "bit_rate": 32_000}
    return container.add_stream("libopus", rate=_RATE, **options)


def _hertz(samples: array.array[int], begin: float, length: float, rate: int) -> float:
    """The pitch of a stretch, by how often it crosses zero."""
    stretch = samples[round(begin) : round(begin + length)]
    crossings = sum((one < 0) != (other < 0) for one, other in pairwise(stretch))
    return crossings * rate / (2 * max(1, len(stretch)))


def _bits(number: int) -> str:
    check = sum(number >> place for place in range(0, _BITS, _CHECK_BITS)) % (1 << _CHECK_BITS)
    return f"{number:0{_BITS}b}{check:0{_CHECK_BITS}b}"
