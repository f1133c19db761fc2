"""Who is cut off from the queue until others have its jobs: it may come back at any moment, and pays for nothing any more."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.engine import make_url

from benchmarks.link import Link
from bot import storage
from bot.errors import SupersededError
from bot.notes.dispatch import Job, fleet
from bot.notes.dispatch.taking_over import revived, still_held
from bot.notes.worker import Worker
from bot.storage.ledger import Ledger
from tests.fixtures import note_of
from tests.fixtures_cdn import Told
from tests.fixtures_pipeline import Delivery, opened, whole_note
from tests.notes.dispatch.test_fleet import (
    PATIENCE,
    Yard,
    fleet_url,
    postgres,
    postgres_url,
    sent,
    yard,
)
from tests.notes.dispatch.test_taking_over import held

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import procrastinate

    from benchmarks.postgres import PostgresServer
    from bot.models import Claim
    from bot.notes.dispatch import Hold
    from bot.notes.pipeline import Pipeline

__all__ = ["fleet_url", "postgres", "postgres_url", "yard"]


@pytest.fixture
async def link(postgres: PostgresServer) -> AsyncGenerator[Link]:
    """A way to the server that can be cut."""
    async with Link(postgres.port) as link:
        yield link


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet in which workers count as dead after two seconds, ten heartbeats."""
    for name, seconds in (("_HEARTBEAT", 0.2), ("_DEAD_AFTER", 2.0), ("_LOOK_EVERY", 0.2)):
        monkeypatch.setattr(f"bot.notes.dispatch.fleet.{name}", seconds)


def by(link: Link, url: str) -> str:
    """The address of a database, led over a link."""
    return make_url(url).set(port=link.port).render_as_string(hide_password=False)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("silently", [False, True])
async def test_who_was_cut_off_for_too_long_has_lost_its_jobs(
    yard: Yard, link: Link, *, silently: bool
) -> None:
    """Whoever has them knows that they are its own, by the database."""
    async with yard.worker(url=by(link, yard.url)):
        await yard.submit(1)
        await yard.until_begun(1)
        async with yard.worker():
            async with link.silent() if silently else link.cut():
                await yard.until_begun(1, times=2)
            lost, has = yard.holds[1]
            async with asyncio.timeout(PATIENCE):
                await has.confirm()
                with pytest.raises(SupersededError):
                    await lost.confirm()
            yard.end(1)
            await yard.until_ended(1, times=2)
    assert yard.begun == [1, 1]


@pytest.mark.usefixtures("quick")
async def test_who_was_cut_off_for_a_moment_has_them_still(yard: Yard, link: Link) -> None:
    """It waits until the database says so."""
    async with yard.worker(url=by(link, yard.url)):
        await yard.submit(1)
        await yard.until_begun(1)
        [hold] = yard.holds[1]
        # Nobody else is there who could take it over.
        async with link.cut(), asyncio.timeout(PATIENCE):
            while (confirming := await begun(hold)).done():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        async with asyncio.timeout(PATIENCE):
            await confirming
        yard.end(1)
        await yard.until_ended(1)


async def begun(hold: Hold) -> asyncio.Task[None]:
    """A confirmation that has got as far as it gets by itself."""
    confirming = asyncio.create_task(hold.confirm())
    await asyncio.sleep(0)
    return confirming


async def test_as_long_as_a_heart_beats_the_database_is_asked_nothing(
    yard: Yard, postgres: PostgresServer
) -> None:
    """What is confirmed before each question to the model costs nothing."""
    async with yard.worker():
        await yard.submit(1)
        await yard.until_begun(1)
        [hold] = yard.holds[1]
        with postgres.away():
            async with asyncio.timeout(1):
                await hold.confirm()
        yard.end(1)
        await yard.until_ended(1)


async def test_nobody_is_taken_for_dead_whose_heart_has_beaten_since_it_was_looked_up(yard: Yard) -> None:
    """Between a look and the takeover it may have come back, and rely on what it has."""
    await yard.submit(1)
    async with yard.worker(), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        his = await held(app)
        assert not await revived(app, his, dead_after=10)
        assert await still_held(app, his)
        assert await revived(app, his, dead_after=0)
        yard.end(1)
        await yard.until_ended(1, times=2)


async def test_who_has_lost_a_job_does_not_end_it(yard: Yard) -> None:
    """It would be taken from whoever has it now, or is to have it."""
    await yard.submit(1)
    async with yard.worker(at_once=1), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        assert await revived(app, await held(app))
        yard.end(1)
        await yard.until_ended(1, times=2)


async def test_who_is_given_a_job_again_that_it_had_lost_has_it_anew(yard: Yard) -> None:
    """Another may have had it in between; and what was begun before must not end what is begun now."""
    runs: list[asyncio.Event] = []

    async def work(message_id: int, hold: Hold) -> None:
        runs.append(asyncio.Event())
        await runs[-1].wait()

    async def until_in_hand(count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while [task.get_name()[:11] for task in asyncio.all_tasks()].count("process job") != count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    await yard.submit(1)
    async with fleet.opened(yard.url) as app, storage.opened(yard.url) as database:
        ledger = Ledger(database)
        await ledger.receive([note_of(message_id=1)])
        serving = asyncio.create_task(
            fleet.serve(app, work, at_once=2, at_once_for_one=4, shutdown_seconds=0)
        )
        try:
            await until_in_hand(1)
            lost = await held(app)
            assert await revived(app, lost)
            await until_in_hand(2)
            runs[0].set()
            await until_in_hand(1)
            has = await held(app)
            assert not await still_held(app, lost)
            assert await ledger.claim(1, lost.fence) == []
            assert await ledger.claim(1, has.fence)
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


class Desk:
    """A worker with a ledger of its own, by its own way to the database."""

    def __init__(self, ledger: Ledger, pipeline: Pipeline) -> None:
        self.deliveries: list[Delivery] = []
        self.ledger = ledger
        self.worker = Worker(
            ledger=ledger, pipeline=pipeline, deliver=self._deliver, whole=whole_note, patience=3600.0
        )

    def _deliver(self, claim: Claim, taken: set[int], on_posted: object) -> Delivery:  # noqa: ARG002
        self.deliveries.append(Delivery())
        return self.deliveries[-1]


@asynccontextmanager
async def at_work(url: str, pipeline: Pipeline) -> AsyncGenerator[Desk]:
    """A worker of the fleet that answers notes."""
    async with storage.opened(url) as database, fleet.opened(url) as app:
        desk = Desk(Ledger(database), pipeline)
        serving = asyncio.create_task(
            fleet.serve(app, desk.worker.work_on, at_once=4, at_once_for_one=4, shutdown_seconds=0)
        )
        try:
            yield desk
        finally:
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving


async def submit(app: procrastinate.App, message_id: int) -> None:
    """A gateway hands a job in."""
    gateway = fleet.FleetDispatch(app, at_once_for_one=4)
    await gateway.submit(Job(message_id=message_id, home_id=3, waiting=1))


@pytest.mark.usefixtures("quick")
async def test_whoever_has_lost_a_note_does_not_ask_the_model_again(
    fleet_url: str, link: Link, tmp_path: Path
) -> None:
    """Cut off while its first attempt is under way, it would make the second one after another has the answer."""
    message = sent(1)
    async with (
        opened(tmp_path) as setup,
        fleet.opened(fleet_url) as app,
        at_work(by(link, fleet_url), setup.pipeline) as first,
    ):
        setup.cdn.told += [Told(setup.sound)] * 2
        answering = asyncio.Event()
        fault = setup.openroute.faults.add("POST", "/chat/completions", status=503, hold=answering)
        setup.openroute.script("Heard.", times=2)
        await first.ledger.receive([note_of(message_id=message, attachment=setup.file())])
        await submit(app, message)
        async with asyncio.timeout(PATIENCE):
            await fault.met.wait()
            async with at_work(fleet_url, setup.pipeline) as second:
                async with link.cut():
                    while not (second.deliveries and second.deliveries[0].final):  # noqa: ASYNC110
                        await asyncio.sleep(0.02)
                answering.set()
                while "worked" not in first.deliveries[0].heard:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        assert len(setup.openroute.requests) == 1
        assert first.deliveries[0].final is None


@pytest.mark.usefixtures("quick")
async def test_a_claim_that_comes_late_takes_nothing_from_anybody(fleet_url: str, tmp_path: Path) -> None:
    """It was on its way for so long that another has the note by now: whose answer would not be heard any more."""
    message = sent(1)
    async with (
        opened(tmp_path) as setup,
        fleet.opened(fleet_url) as app,
        storage.opened(fleet_url) as database,
        at_work(fleet_url, setup.pipeline) as second,
    ):
        setup.cdn.told += [Told(setup.sound)] * 2
        speaking = asyncio.Event()
        setup.openroute.script("Half ", speaking, "and half.")
        await second.ledger.receive([note_of(message_id=message, attachment=setup.file())])
        await submit(app, message)
        async with asyncio.timeout(PATIENCE):
            while not setup.openroute.requests:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            has = await held(app)
            lost = replace(has, worker_id=(has.worker_id or 0) + 1)
            assert await Ledger(database).claim(message, lost.fence) == []
            speaking.set()
            while not second.deliveries[0].final:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert len(setup.openroute.requests) == 1
