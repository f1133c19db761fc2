"""Background work that ends is begun again, and said to have ended."""

from __future__ import annotations

import asyncio
import gc
from weakref import WeakSet

import pytest
import structlog.testing

from bot.supervision import every, supervised, to_its_end

SPOKEN = "We meet on Thursday."


class Time:
    """Passes while somebody sleeps; the test is over after so many pauses."""

    def __init__(self, pauses: int) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._pauses = pauses

    def clock(self) -> float:
        """Seconds."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """At once."""
        self.now += seconds
        self.slept.append(seconds)
        if len(self.slept) == self._pauses:
            raise asyncio.CancelledError


async def test_what_fails_is_begun_again() -> None:
    """After growing pauses, up to a minute; each failure is logged by the name of its error alone."""
    time = Time(9)
    begun = 0

    async def fail() -> None:
        nonlocal begun
        begun += 1
        raise ValueError(SPOKEN)

    with structlog.testing.capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await supervised("pruning", fail, sleep=time.sleep, clock=time.clock)
    assert begun == 9
    assert time.slept == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert {(line["work"], line["error"], line["log_level"]) for line in logs} == {
        ("pruning", "ValueError", "error")
    }
    assert SPOKEN not in str(logs)


async def test_what_ends_by_itself_is_begun_again() -> None:
    """Endless work has no end."""
    time = Time(1)

    async def end() -> None:
        pass

    with structlog.testing.capture_logs() as logs, pytest.raises(asyncio.CancelledError):
        await supervised("pruning", end, sleep=time.sleep, clock=time.clock)
    assert [line["event"] for line in logs] == ["background work ended by itself"]


async def test_what_was_steady_for_long_is_begun_again_soon() -> None:
    """A failure a day is not a series of failures."""
    time = Time(4)

    async def fail_late() -> None:
        time.now += 301
        raise ValueError

    with structlog.testing.capture_logs(), pytest.raises(asyncio.CancelledError):
        await supervised("pruning", fail_late, sleep=time.sleep, clock=time.clock)
    assert time.slept == [1, 1, 1, 1]


async def test_cancelling_it_ends_the_work() -> None:
    """And nothing is logged."""
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(supervised("pruning", work))
    await begun.wait()
    with structlog.testing.capture_logs() as logs:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()
    assert logs == []


async def test_every_so_often() -> None:
    """Now, and so many seconds after each end."""
    time = Time(3)
    done: list[float] = []

    async def work() -> None:
        done.append(time.now)

    with pytest.raises(asyncio.CancelledError):
        await every(5, work, sleep=time.sleep)
    assert done == [0, 5, 10]


async def test_what_is_brought_to_its_end(caplog: pytest.LogCaptureFixture) -> None:
    """It comes to what it comes to; it goes on without who waited for it, and then fails without a word."""

    async def gives(value: str) -> str:
        return value

    goes_on = asyncio.Event()

    async def fails() -> None:
        await goes_on.wait()
        raise LookupError(SPOKEN)

    assert await to_its_end(gives("a")) == "a"
    work = asyncio.create_task(fails())
    waiting = asyncio.create_task(to_its_end(work))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    goes_on.set()
    await asyncio.wait([work])
    assert work.done()
    del work, waiting
    gc.collect()
    assert caplog.records == []


async def test_what_nobody_waits_for_is_not_collected() -> None:
    """Though it waits for what only it knows of."""
    awaited: WeakSet[asyncio.Future[None]] = WeakSet()
    ended = asyncio.Event()

    async def goes_on() -> None:
        future = asyncio.get_running_loop().create_future()
        awaited.add(future)
        await future
        ended.set()

    waiting = asyncio.create_task(to_its_end(goes_on()))
    while not awaited:  # noqa: ASYNC110 - it is there in the next turn
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    del waiting
    await asyncio.sleep(0)
    gc.collect()
    [future] = awaited
    future.set_result(None)
    await asyncio.wait_for(ended.wait(), 5)
