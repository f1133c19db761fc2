"""Small files that ask for much are refused, or heard, in seconds; by real processes with their real limits."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import time
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.audio.decoders import Decoders
from tests.decoder.bombs import BOMBS, M4A, MP3

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

SECONDS = 30.0
"""Each takes a tenth of it on an idle machine, and a quarter of what a file may take."""

SOUNDS = {
    "cover_with_an_ocean_of_pixels",
    "streams_in_mpegts",
    "streams_in_ogg",
    "chained_ogg",
    "a_gap_of_hours",
    "hours_of_wav",
}
EITHER = {"id3_of_100_megabytes", "cover_of_100_megabytes"}
"""What the memory there is decides."""
SILENT = {"hours_of_opus", "hours_of_flac"}
LONG = {"ten_hours_of_opus", "slow_rate"}
TOLD = {"channels": errors.TooManyChannels, "rate": errors.RateTooHigh}


@pytest.fixture
async def ears() -> AsyncGenerator[Decoders]:
    """One process, as the bot runs it by default."""
    async with Decoders(
        formats=("wav", "mp3"),
        max_request_bytes=18_000_000,
        max_seconds=10_800.0,
        processes=1,
        seconds=120.0,
        memory_mb=384,
    ) as ears:
        yield ears


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
async def test_a_bomb_does_not_go_off(ears: Decoders, bomb: Callable[[Path], None], tmp_path: Path) -> None:
    """It is told from what it is not; the process goes on, and nobody waited long."""
    source = tmp_path / "source"
    bomb(source)
    began = time.monotonic()
    if bomb.__name__ in SOUNDS:
        parts = await ears.prepare(source, tmp_path)
        assert sum(part.seconds for part in parts) < 400
    elif bomb.__name__ in EITHER:
        with contextlib.suppress(errors.Damaged):
            await ears.prepare(source, tmp_path)
    else:
        refusal = TOLD.get(bomb.__name__, errors.Damaged)
        if bomb.__name__ in SILENT | LONG:
            refusal = errors.NoSpeech if bomb.__name__ in SILENT else errors.TooLong
        with pytest.raises(refusal):
            await ears.prepare(source, tmp_path)
    assert time.monotonic() - began < SECONDS
    source.write_bytes(MP3.make(1.0))
    assert (await ears.prepare(source, tmp_path))[0].seconds == pytest.approx(1.0, abs=0.1)


def a_reference(url: bytes) -> bytes:
    """An M4A that says its sound lies elsewhere, at that address."""
    data = M4A.make()
    at = data.index(b"url ")
    entry = data[at - 4 : at + 8]
    assert entry == struct.pack(">I4sI", 12, b"url ", 1)
    told = struct.pack(">I4sI", 13 + len(url), b"url ", 0) + url + b"\0"
    grown = len(told) - len(entry)
    made = bytearray(data[: at - 4] + told + data[at + 8 :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = made.index(name) - 4
        struct.pack_into(">I", made, place, struct.unpack_from(">I", made, place)[0] + grown)
    return bytes(made)


async def test_a_film_that_refers_to_elsewhere_opens_nothing(ears: Decoders, tmp_path: Path) -> None:
    """Neither an address nor another file; a FIFO would tell who opened it."""
    fifo = tmp_path / "elsewhere"
    os.mkfifo(fifo)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/sound.mp4"
        for url in (address, f"tcp{address.removeprefix('http')}", str(fifo), f"file:{fifo}", "elsewhere"):
            source = tmp_path / "source"
            source.write_bytes(a_reference(url.encode()))
            with contextlib.suppress(errors.Refused):
                await ears.prepare(source, tmp_path)
            with pytest.raises(BlockingIOError):
                listening.accept()
            # Nobody waits at the other end: this would succeed if somebody did.
            with pytest.raises(OSError, match="No such device"):
                os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
