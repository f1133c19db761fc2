"""So many pieces of work at once, in the order they came, and an orderly end."""

from __future__ import annotations

import asyncio

from bot.dispatch import Dispatch


class Bench:
    """Pieces of work that begin, wait to be let go, and end."""

    def __init__(self, *, at_once: int) -> None:
        self.dispatch = Dispatch(at_once=at_once)
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.cancelled: list[str] = []
        self.let_go = asyncio.Event()

    def submit(self, *names: str) -> None:
        """Hand in pieces of work."""
        for name in names:
            self.dispatch.submit(lambda name=name: self._work(name))

    async def _work(self, name: str) -> None:
        self.begun.append(name)
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise
        self.ended.append(name)


async def turns() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_at_once_than_there_are_places() -> None:
    """The rest waits its turn, in order."""
    bench = Bench(at_once=2)
    bench.submit("a", "b", "c", "d")
    await turns()
    assert bench.begun == ["a", "b"]
    bench.let_go.set()
    await turns()
    assert bench.ended == ["a", "b", "c", "d"]


async def test_closing_waits_for_what_is_in_hand_and_begins_nothing() -> None:
    """What waited is not begun, nor is what comes later."""
    bench = Bench(at_once=1)
    bench.submit("a", "b")
    await turns()
    closing = asyncio.create_task(bench.dispatch.close(60))
    await turns()
    assert not closing.done()
    bench.submit("c")
    bench.let_go.set()
    await closing
    await turns()
    assert (bench.begun, bench.ended, bench.cancelled) == (["a"], ["a"], [])


async def test_closing_ends_what_takes_too_long() -> None:
    """And is done when that has ended."""
    bench = Bench(at_once=2)
    bench.submit("a", "b", "c")
    await turns()
    await bench.dispatch.close(0)
    assert (bench.begun, bench.cancelled) == (["a", "b"], ["a", "b"])


async def test_closing_with_nothing_in_hand_is_quick() -> None:
    """There is nothing to wait for."""
    async with asyncio.timeout(1):
        await Dispatch(at_once=1).close(60)


async def test_a_piece_that_fails_gives_its_place_back() -> None:
    """The next one has it."""
    bench = Bench(at_once=1)
    bench.let_go.set()
    failed = asyncio.Event()

    async def fail() -> None:
        failed.set()
        raise LookupError

    bench.dispatch.submit(fail)
    bench.submit("a")
    await failed.wait()
    await turns()
    assert bench.ended == ["a"]
