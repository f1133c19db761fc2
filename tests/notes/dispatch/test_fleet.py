"""Jobs in PostgreSQL, any number of workers: each message at one worker at a time, until it is done."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter, defaultdict
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from bot.notes.dispatch import Job, fleet
from tests.fixtures_database import fleet_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from benchmarks.postgres import PostgresServer
    from bot.notes.dispatch import Hold

__all__ = ["fleet_url", "postgres", "postgres_url"]

HOME, OTHER = 1, 2
"""Two servers."""
TAKEN_OVER_WITHIN = 30.0
"""Seconds, as promised."""
PATIENCE = 20.0
"""Seconds for what must come at once; a green run never gets near."""
WORKER = """
import asyncio, sys
from bot.notes.dispatch import fleet

async def work(message_id, hold):
    print(message_id, flush=True)
    await asyncio.Event().wait()

async def main(url):
    async with fleet.opened(url) as app:
        await fleet.serve(app, work, at_once=2, at_once_for_one=4, shutdown_seconds=0)

asyncio.run(main(sys.argv[1]))
"""


class Yard:
    """Gateways and workers around one queue. Every job waits to be let go, by whichever worker it is in hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.in_hand: Counter[int] = Counter()
        self.most: Counter[int] = Counter()
        """How often each was in hand at the same time, at most."""
        self.most_at_once = 0
        self.let_go: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self.meets: defaultdict[int, list[Exception]] = defaultdict(list)
        """What each job raises, in turn; then it is finished."""
        self.holds: defaultdict[int, list[Hold]] = defaultdict(list)
        """What those who began each job have of it, in turn."""
        self._news = asyncio.Condition()

    async def submit(
        self, *messages: int, home: int = HOME, waiting: int = 1, at_once_for_one: int = 4
    ) -> None:
        """A gateway hands jobs of one server in."""
        async with fleet.opened(self.url) as app:
            gateway = fleet.FleetDispatch(app, at_once_for_one=at_once_for_one)
            for message in messages:
                await gateway.submit(Job(message_id=message, home_id=home, waiting=waiting))

    @asynccontextmanager
    async def worker(
        self, *, at_once: int = 4, shutdown_seconds: float = 0.0, url: str = ""
    ) -> AsyncGenerator[asyncio.Task[None]]:
        """A worker of the fleet, until it is told to stop. `url`: where it finds the queue, if it has a way of its own."""
        async with fleet.opened(url or self.url) as app:
            serving = asyncio.create_task(
                fleet.serve(
                    app, self._work, at_once=at_once, at_once_for_one=4, shutdown_seconds=shutdown_seconds
                )
            )
            try:
                yield serving
            finally:
                serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving

    def end(self, *messages: int) -> None:
        """Let jobs end, now or when they are begun."""
        for message in messages:
            self.let_go[message].set()

    async def until_begun(self, message: int, times: int = 1, *, within: float = PATIENCE) -> None:
        """Wait until a job was begun so often."""
        await self._until(self.begun, message, times, within)

    async def until_ended(self, message: int, times: int = 1, *, within: float = PATIENCE) -> None:
        """Wait until a job was finished so often."""
        await self._until(self.ended, message, times, within)

    async def _until(self, happened: list[int], message: int, times: int, within: float) -> None:
        async with asyncio.timeout(within), self._news:
            await self._news.wait_for(lambda: happened.count(message) >= times)

    async def _work(self, message_id: int, hold: Hold) -> None:
        self.holds[message_id].append(hold)
        self.in_hand[message_id] += 1
        self.most |= self.in_hand
        self.most_at_once = max(self.most_at_once, self.in_hand.total())
        await self._tell(self.begun, message_id)
        try:
            await self.let_go[message_id].wait()
        finally:
            self.in_hand[message_id] -= 1
        if self.meets[message_id]:
            raise self.meets[message_id].pop(0)
        await self._tell(self.ended, message_id)

    async def _tell(self, happened: list[int], message_id: int) -> None:
        async with self._news:
            happened.append(message_id)
            self._news.notify_all()


@pytest.fixture
def yard(fleet_url: str) -> Yard:
    """Nothing to do, and nobody to do it."""
    return Yard(fleet_url)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet in which workers count as dead after a second."""
    for name, seconds in (("_HEARTBEAT", 0.2), ("_DEAD_AFTER", 1.0), ("_LOOK_EVERY", 0.2)):
        monkeypatch.setattr(f"bot.notes.dispatch.fleet.{name}", seconds)


def sent(at: int) -> int:
    """A message's id, by when it was sent: neighbours have different places in a server's share."""
    return at << 22


async def test_what_waits_already_is_handed_in_once(yard: Yard) -> None:
    """By whichever gateway, as often as it likes."""
    await yard.submit(1, 1, 2)
    await yard.submit(1)
    await yard.submit(99, waiting=100)
    yard.end(1, 2, 99)
    async with yard.worker(at_once=1):
        await yard.until_ended(99)
    assert yard.ended == [1, 2, 99]


async def test_who_has_little_waiting_comes_first(yard: Yard) -> None:
    """Not who came first; among equals it is who came first."""
    await yard.submit(sent(1), sent(2), waiting=50)
    await yard.submit(sent(3), waiting=50, home=OTHER)
    await yard.submit(sent(4), waiting=1, home=OTHER)
    await yard.submit(sent(5), waiting=7)
    yard.end(*map(sent, range(1, 6)))
    async with yard.worker(at_once=1):
        await yard.until_ended(sent(3))
    assert yard.ended == [sent(4), sent(5), sent(1), sent(2), sent(3)]


async def test_a_message_is_never_at_two_workers(yard: Yard) -> None:
    """Handed in again while it is worked on, it waits for the end of that."""
    async with yard.worker(), yard.worker():
        await yard.submit(sent(1))
        await yard.until_begun(sent(1))
        await yard.submit(sent(1), sent(2))
        await yard.until_begun(sent(2))
        yard.end(sent(1), sent(2))
        await yard.until_ended(sent(1), times=2)
    assert yard.most == {sent(1): 1, sent(2): 1}


async def test_a_server_has_only_so_many_places_in_the_whole_fleet(yard: Yard) -> None:
    """The others' notes have the rest."""
    await yard.submit(*map(sent, range(1, 9)), at_once_for_one=2)
    async with yard.worker(), yard.worker():
        await yard.until_begun(sent(1))
        await yard.until_begun(sent(2))
        await yard.submit(99, home=OTHER, waiting=1)
        await yard.until_begun(99)
        assert yard.most_at_once == 3
        yard.end(99, *map(sent, range(1, 9)))
        for message in map(sent, range(1, 9)):
            await yard.until_ended(message)
    assert yard.most_at_once == 3


async def test_an_accident_gives_its_place_back(yard: Yard) -> None:
    """And the message can be handed in again: the ledger still has it. The worker goes on."""
    yard.meets[1] = [LookupError("an accident")]
    yard.end(1, 5)
    async with yard.worker():
        await yard.submit(1)
        await yard.until_begun(1)
        # It has the same place in its server's share.
        await yard.submit(5)
        await yard.until_ended(5)
        await yard.submit(1)
        await yard.until_ended(1)


async def test_what_is_not_finished_in_time_is_left_to_the_others(yard: Yard) -> None:
    """A worker that is told to stop gives its jobs back."""
    await yard.submit(1)
    async with yard.worker():
        await yard.until_begun(1)
    yard.end(1)
    async with yard.worker():
        await yard.until_ended(1)
    assert yard.most == {1: 1}


@pytest.mark.usefixtures("hasty")
async def test_a_worker_that_is_stopping_is_never_taken_for_dead(yard: Yard) -> None:
    """Its heart beats no more: whatever time it is given, it lets go before others take over."""
    await yard.submit(1)
    async with yard.worker(shutdown_seconds=60) as first:
        await yard.until_begun(1)
        async with yard.worker():
            first.cancel()
            await yard.until_begun(1, times=2)
            yard.end(1)
            await yard.until_ended(1)
    assert yard.most == {1: 1}
    assert yard.ended == [1]


async def test_the_jobs_of_a_worker_that_was_killed_are_taken_over(yard: Yard) -> None:
    """In time, by one of the living, also those that a gateway has handed in again meanwhile."""
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, yard.url, stdout=asyncio.subprocess.PIPE
    )
    assert dying.stdout is not None
    messages = {sent(1), sent(2)}
    await yard.submit(*messages)
    async with asyncio.timeout(PATIENCE):
        begun = {int(await dying.stdout.readline()) for _ in messages}
    assert begun == messages
    await yard.submit(sent(2))
    yard.end(*messages)
    async with yard.worker(), yard.worker():
        await yard.submit(99, home=OTHER)
        yard.end(99)
        await yard.until_ended(99)
        assert yard.begun == [99]
        dying.kill()
        killed = time.monotonic()
        await dying.wait()
        for message in messages:
            await yard.until_ended(message, within=TAKEN_OVER_WITHIN - (time.monotonic() - killed))
    assert set(yard.most.values()) == {1}


async def test_a_queue_that_is_away_is_waited_for(yard: Yard, postgres: PostgresServer) -> None:
    """What is in hand is finished, what comes meanwhile is handed in afterwards."""
    async with fleet.opened(yard.url) as app, yard.worker():
        gateway = fleet.FleetDispatch(app, at_once_for_one=4)
        await gateway.submit(Job(message_id=1, home_id=HOME, waiting=1))
        await yard.until_begun(1)
        with postgres.away():
            handing_in = asyncio.create_task(gateway.submit(Job(message_id=2, home_id=OTHER, waiting=1)))
            yard.end(1, 2)
            await yard.until_ended(1)
        async with asyncio.timeout(PATIENCE):
            await handing_in
        await yard.until_ended(2, within=40)


async def test_no_statement_leaves_a_lock_behind(yard: Yard) -> None:
    """Who vanishes before its COMMIT would keep the others waiting for hours. What is refused within a transaction is not here."""
    async with fleet.opened(yard.url) as app:
        await app.connector.execute_query_async("VACUUM procrastinate_workers")
