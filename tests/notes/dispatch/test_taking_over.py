"""Jobs that are taken over: once, now, and without a word of whoever had them first."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from typing import TYPE_CHECKING

import psycopg
import time_machine
from sqlalchemy.engine import make_url

from bot.notes.dispatch import fleet
from bot.notes.dispatch.taking_over import Held, revived
from tests.notes.dispatch.test_fleet import PATIENCE, Yard, fleet_url, postgres, postgres_url, yard

if TYPE_CHECKING:
    import procrastinate
    import pytest

__all__ = ["fleet_url", "postgres", "postgres_url", "yard"]


async def held(app: procrastinate.App) -> Held:
    """The one job that somebody has."""
    [his] = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=-60)
    return Held.of(his)


async def test_many_who_look_at_once_take_a_job_over_once(yard: Yard) -> None:
    """And not from whoever has taken it over already."""
    await yard.submit(1)
    async with yard.worker(at_once=1), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        his = await held(app)
        async with yard.worker():
            for _ in range(2):
                await asyncio.gather(*(revived(app, his) for _ in range(4)))
                await yard.until_begun(1, times=2)
            yard.end(1, 99)
            await yard.until_ended(1, times=2)
            await yard.submit(99, waiting=100)
            await yard.until_ended(99)
    assert yard.begun == [1, 1, 99]


async def test_whoever_takes_a_job_over_may_have_a_wrong_clock(yard: Yard) -> None:
    """It is done now, by whoever's clock is right."""
    await yard.submit(1)
    async with yard.worker(at_once=1), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        his = await held(app)
        async with yard.worker():
            with time_machine.travel(time.time() + 3600, tick=True):
                await revived(app, his)
            await yard.until_begun(1, times=2)
            yard.end(1)
            await yard.until_ended(1, times=2)


async def test_a_job_that_was_taken_over_ends_without_a_traceback(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever had it first finds it gone."""
    caplog.set_level(logging.INFO)
    await yard.submit(1)
    async with yard.worker(at_once=1), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        his = await held(app)
        async with yard.worker():
            await revived(app, his)
            await yard.until_begun(1, times=2)
            yard.end(1)
            await yard.until_ended(1, times=2)
    gc.collect()  # what is forgotten is complained of when it goes
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_a_heartbeat_that_is_under_way_is_waited_for(yard: Yard) -> None:
    """Its worker may rely on its jobs as soon as the database has told it so, which nobody else can see before."""
    await yard.submit(1)
    async with (
        fleet.opened(yard.url) as app,
        await psycopg.AsyncConnection.connect(yard.url) as his_own,
        asyncio.timeout(PATIENCE),
    ):
        worker_id = await app.job_manager.register_worker()
        await app.job_manager.fetch_job(queues=None, worker_id=worker_id)
        await app.connector.execute_query_async(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"
        )
        await his_own.execute("UPDATE procrastinate_workers SET last_heartbeat = now()")
        reviving = asyncio.create_task(revived(app, await held(app), dead_after=10))
        await until_waiting(yard.url, 1)
        await his_own.commit()
        assert not await reviving


async def test_the_databases_clock_may_be_set(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """All hearts have then been silent for long, until their next beat."""
    monkeypatch.setattr("bot.notes.dispatch.fleet._LOOK_EVERY", 0.1)
    async with await psycopg.AsyncConnection.connect(yard.url, autocommit=True) as setting:
        await setting.execute("CREATE SCHEMA clock")
        await setting.execute("CREATE TABLE clock.ahead AS SELECT interval '0' AS by")
        await setting.execute(
            "CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS "
            "'SELECT pg_catalog.now() + (SELECT by FROM clock.ahead)'"
        )
        by_that_clock = make_url(yard.url).update_query_dict(
            {"options": "-csearch_path=clock,public,pg_catalog"}
        )
        url = by_that_clock.render_as_string(hide_password=False)
        await yard.submit(1)
        async with yard.worker(url=url, at_once=1), yard.worker(url=url, at_once=1):
            await yard.until_begun(1)
            # They have been here for long enough to know who is dead.
            await asyncio.sleep(6)
            await until_all_have_beaten(setting)
            await setting.execute("UPDATE clock.ahead SET by = '1 hour'")
            await until_all_have_beaten(setting)
            yard.end(1)
            await until_none_are_left(setting)
    assert yard.begun == [1]


async def until_none_are_left(setting: psycopg.AsyncConnection) -> None:
    """Wait until all jobs are done, those that were taken over too."""
    async with asyncio.timeout(PATIENCE):
        while await (await setting.execute("SELECT FROM procrastinate_jobs")).fetchone() is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def until_all_have_beaten(setting: psycopg.AsyncConnection) -> None:
    """Wait until all workers' hearts have just beaten, by the clock that may be set."""
    silent = (
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat < clock.now() - interval '0.5 s'"
    )
    async with asyncio.timeout(PATIENCE):
        while (await (await setting.execute(silent)).fetchone() or (1,))[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def until_waiting(url: str, statements: int) -> None:
    """Wait until so many statements wait for somebody's lock."""
    count = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as third,
        asyncio.timeout(PATIENCE),
    ):
        while (await (await third.execute(count)).fetchone() or (0,))[0] < statements:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
