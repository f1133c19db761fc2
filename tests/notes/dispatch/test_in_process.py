"""So much at once, so much of it for one server, the servers that wait for little first; and an orderly end."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from bot.notes.dispatch import Job
from bot.notes.dispatch.in_process import InProcessDispatch

LITTLE, MUCH = 1, 2
"""Two servers."""


class Bench:
    """Jobs that begin, wait to be let go, and end."""

    def __init__(self, *, at_once: int = 8, at_once_for_one: int = 8) -> None:
        self.here = InProcessDispatch(self._work, at_once=at_once, at_once_for_one=at_once_for_one)
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.let_go: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def submit(self, *messages: int, home: int = MUCH, waiting: int = 1) -> None:
        """Hand in jobs of one server."""
        for message in messages:
            await self.here.submit(Job(message_id=message, home_id=home, waiting=waiting))
        await deliveries()

    async def end(self, *messages: int) -> None:
        """Let jobs end, now or when they are begun."""
        for message in messages:
            self.let_go[message].set()
        await deliveries()

    async def _work(self, message_id: int) -> None:
        self.begun.append(message_id)
        try:
            await self.let_go[message_id].wait()
        except asyncio.CancelledError:
            self.cancelled.append(message_id)
            raise
        self.ended.append(message_id)


async def deliveries() -> None:
    """Let everything happen that can happen without time passing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_at_once_than_there_are_places() -> None:
    """The rest waits its turn, in order."""
    bench = Bench(at_once=2)
    await bench.submit(1, 2, 3, 4)
    assert bench.begun == [1, 2]
    await bench.end(2)
    assert bench.begun == [1, 2, 3]
    await bench.end(1, 3, 4)
    assert bench.ended == [2, 1, 3, 4]


async def test_who_has_little_waiting_comes_first() -> None:
    """Not who came first; among equals it is who came first."""
    bench = Bench(at_once=1)
    await bench.submit(1)
    await bench.submit(2, 3, waiting=50)
    await bench.submit(4, 5, home=LITTLE, waiting=1)
    await bench.end(1, 2, 3, 4, 5)
    assert bench.begun == [1, 4, 5, 2, 3]


async def test_a_server_has_only_so_many_places() -> None:
    """Others have the rest, though its jobs came first; a place of its own that is free is its next job's."""
    bench = Bench(at_once=3, at_once_for_one=2)
    await bench.submit(1, 2, 3, 4)
    assert bench.begun == [1, 2]
    await bench.submit(5, 6, home=LITTLE, waiting=100)
    assert bench.begun == [1, 2, 5]
    await bench.end(1)
    assert bench.begun == [1, 2, 5, 3]
    await bench.end(2, 3, 4, 5, 6)
    assert sorted(bench.ended) == [1, 2, 3, 4, 5, 6]


async def test_one_message_is_never_worked_on_twice_at_the_same_time() -> None:
    """Nor after it for no reason; once it is done it can be handed in again."""
    bench = Bench(at_once=2)
    await bench.submit(1, 1, 2, 3, 3)
    await bench.submit(1)
    assert bench.begun == [1, 2]
    await bench.end(1, 2, 3)
    assert bench.ended == [1, 2, 3]
    await bench.submit(1)
    assert bench.ended == [1, 2, 3, 1]


async def test_an_accident_gives_its_place_back() -> None:
    """And the message can be handed in again: the ledger still has it."""
    attempts: list[int] = []

    async def stumble(message_id: int) -> None:
        attempts.append(message_id)
        raise LookupError

    here = InProcessDispatch(stumble, at_once=1, at_once_for_one=1)
    for message in (1, 2, 1):
        await here.submit(Job(message_id=message, home_id=MUCH, waiting=1))
        await deliveries()
    assert attempts == [1, 2, 1]


async def test_stopping_ends_the_work_on_one_message() -> None:
    """The others go on; the place is another's; one that nobody works on is no trouble."""
    bench = Bench(at_once=2)
    await bench.submit(1, 2, 3)
    bench.here.stop(1)
    bench.here.stop(99)
    await deliveries()
    assert bench.cancelled == [1]
    assert bench.begun == [1, 2, 3]
    await bench.end(2, 3)
    assert bench.ended == [2, 3]


async def test_closing_waits_for_what_is_in_hand_and_begins_nothing() -> None:
    """What waited is not begun, nor is what comes later."""
    bench = Bench(at_once=1)
    await bench.submit(1, 2)
    closing = asyncio.create_task(bench.here.close(60))
    await deliveries()
    assert not closing.done()
    await bench.submit(3)
    await bench.end(1, 2, 3)
    await closing
    assert (bench.begun, bench.ended, bench.cancelled) == ([1], [1], [])


async def test_closing_ends_what_takes_too_long() -> None:
    """And is done when that has ended."""
    bench = Bench(at_once=2)
    await bench.submit(1, 2, 3)
    await bench.here.close(0)
    assert (bench.begun, sorted(bench.cancelled)) == ([1, 2], [1, 2])


async def test_closing_with_nothing_in_hand_is_quick() -> None:
    """There is nothing to wait for."""
    async with asyncio.timeout(1):
        await Bench().here.close(60)


async def test_what_more_is_asked_of_a_message_is_worked_on_after_it() -> None:
    """Whoever works on it has looked already; once more is enough for all that came meanwhile."""
    bench = Bench(at_once=2)
    await bench.submit(1)
    for _ in range(3):
        await bench.here.submit(Job(message_id=1, home_id=MUCH, waiting=1, more=True))
    await deliveries()
    assert bench.begun == [1]
    await bench.end(1)
    assert bench.begun == [1, 1]
    assert bench.ended == [1, 1]
