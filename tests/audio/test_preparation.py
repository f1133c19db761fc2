"""Parts as they are told of: each once, in order, and nothing is believed that can't be so."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.audio.preparation import Preparation
from bot.decoder import Fit, Part, Told, Verdict
from bot.models import Unheard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


class Process:
    """Tells of parts, as a decoder process does."""

    def __init__(self, folder: Path, preparation: Preparation, pipe: Path) -> None:
        self._folder = folder
        self.preparation = preparation
        self._pipe = pipe
        self.result: asyncio.Future[Fit] = asyncio.get_running_loop().create_future()
        self.result.add_done_callback(preparation.end)

    def part(self, number: int) -> Part:
        """One of ten seconds."""
        path = self._folder / f"audio-{number}.mp3"
        return Part(path=str(path), start=10.0 * (number - 1), seconds=10.0, bytes=40_000)

    def tell(self, part: Part, known_seconds: float = 30.0) -> None:
        """Of a part that is ready."""
        told = Told(part=part, format="mp3", known_seconds=known_seconds)
        self.write(json.dumps(asdict(told)).encode() + b"\n")

    def write(self, data: bytes) -> None:
        """Into the pipe."""
        pipe = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
        os.write(pipe, data)
        os.close(pipe)

    def end(self, parts: int, *, cut_short: Verdict | None = None) -> None:
        """With so many."""
        made = tuple(self.part(number) for number in range(1, parts + 1))
        self.result.set_result(
            Fit(parts=made, format="mp3", transcoded=True, seconds=10.0 * parts, cut_short=cut_short)
        )

    async def next(self) -> int:
        """Where the next part begins, in seconds."""
        return round((await anext(self.preparation)).start)


@pytest.fixture
async def process(tmp_path: Path) -> AsyncGenerator[Process]:
    """It has told nothing yet."""
    preparation = Preparation(tmp_path)
    with preparation.listening() as pipe:
        yield Process(tmp_path, preparation, pipe)
    assert not (tmp_path / "told").exists()


async def test_parts_come_while_there_are_more(process: Process) -> None:
    """And how long the note is, as far as that is known."""
    process.tell(process.part(1))
    assert await process.next() == 0
    assert (process.preparation.ended, process.preparation.several) == (False, True)
    assert process.preparation.seconds == 30.0
    following = asyncio.create_task(process.next())
    await asyncio.sleep(0)
    assert not following.done()
    process.tell(process.part(2), 40.0)
    assert await following == 10
    assert process.preparation.seconds == 40.0
    process.end(3, cut_short=Verdict.DAMAGED)
    assert await process.next() == 20
    assert (process.preparation.ended, process.preparation.several) == (True, True)
    assert (process.preparation.seconds, process.preparation.rest) == (30.0, Unheard.UNREADABLE)
    with pytest.raises(StopAsyncIteration):
        await process.next()


async def test_a_note_in_one_part_comes_when_it_is_known_as_a_whole(process: Process) -> None:
    """It is no part of anything."""
    process.end(1)
    assert await process.next() == 0
    assert not process.preparation.several


async def test_what_is_told_twice_comes_once(process: Process) -> None:
    """A process died, and another began anew."""
    for number in (1, 2, 1, 2, 3):
        process.tell(process.part(number))
    assert [await process.next() for _ in range(3)] == [0, 10, 20]
    process.end(3)
    with pytest.raises(StopAsyncIteration):
        await process.next()


async def test_joints_need_no_exact_arithmetic(process: Process) -> None:
    """To 33.8 the length of what ends at 175.9 is added, and the sum is more than 175.9: the next part is one all the same."""
    joints = [0.0, 33.8, 175.9, 300.0, 400.0]
    parts = tuple(
        dataclasses.replace(process.part(number), start=start, seconds=end - start)
        for number, (start, end) in enumerate(itertools.pairwise(joints), start=1)
    )
    assert parts[1].start + parts[1].seconds > parts[2].start
    for part in parts[:3]:
        process.tell(part)
    assert [await process.next() for _ in range(3)] == [0, 34, 176]
    process.result.set_result(Fit(parts=parts, format="mp3", transcoded=True, seconds=400.0))
    assert [round(part.start) async for part in process.preparation] == [300]


async def test_what_is_wrong_with_the_file_is_raised_behind_what_was_there(process: Process) -> None:
    """In that order, however late it is asked for."""
    process.tell(process.part(1))
    assert await process.next() == 0
    process.result.set_exception(errors.TooLong(limit=20.0))
    with pytest.raises(errors.TooLong):
        await process.next()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b'{"part": 3}',
        b"[" * 5_000,
        json.dumps(
            {
                "part": {"path": "/etc/passwd", "start": 0, "seconds": 10, "bytes": 1},
                "format": "mp3",
                "known_seconds": 30,
            }
        ).encode(),
    ],
    ids=["nothing", "no part", "no text", "a number", "deep", "somebody else's file"],
)
async def test_who_was_taken_over_by_a_file_is_not_believed(process: Process, said: bytes) -> None:
    """What it says is passed over; what comes in two pieces is put together."""
    process.write(said + b"\n")
    told = json.dumps(asdict(Told(part=process.part(1), format="mp3", known_seconds=30.0))).encode() + b"\n"
    process.write(told[:20])
    await asyncio.sleep(0)
    process.write(told[20:])
    assert await process.next() == 0
    assert process.preparation.seconds == 30.0


async def test_a_folder_that_is_gone_is_a_disk_that_fails(tmp_path: Path) -> None:
    """Nothing can be written there."""
    with pytest.raises(errors.DiskFailed), Preparation(tmp_path / "nowhere").listening():
        pass
