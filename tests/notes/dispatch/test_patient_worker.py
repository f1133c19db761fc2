"""A worker whose database is away for a while, or who was taken for dead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import psycopg
import structlog.testing
from procrastinate import exceptions

from bot.notes.dispatch import fleet
from tests.notes.dispatch.test_fleet import (
    OTHER,
    PATIENCE,
    TAKEN_OVER_WITHIN,
    Yard,
    fleet_url,
    postgres,
    postgres_url,
    yard,
)
from tests.notes.dispatch.test_taking_over import until_waiting

if TYPE_CHECKING:
    import procrastinate
    import pytest

    from benchmarks.postgres import PostgresServer

__all__ = ["fleet_url", "postgres", "postgres_url", "yard"]

BEATS = "SELECT id, extract(epoch FROM last_heartbeat) AS at FROM procrastinate_workers"


async def beats(app: procrastinate.App, *, after: float) -> list[int]:
    """The ids of the workers whose heart has beaten after a moment, by the database's clock."""
    rows = await app.connector.execute_query_all_async(BEATS)
    return [row["id"] for row in rows if row["at"] > after]


async def until_beaten(app: procrastinate.App, workers: int) -> None:
    """Wait until so many have had a heartbeat from now on. The database may be away for a moment."""
    now: float | None = None
    async with asyncio.timeout(PATIENCE):
        while now is None or len(await beats(app, after=now)) < workers:
            with contextlib.suppress(exceptions.ConnectorException):
                rows = await app.connector.execute_query_all_async("SELECT extract(epoch FROM now()) AS now")
                now = now or float(rows[0]["now"])
            await asyncio.sleep(0.05)


async def test_what_is_in_hand_outlives_a_database_that_is_away(
    yard: Yard, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither given up nor given to others, then or later; and new jobs are taken as before."""
    monkeypatch.setattr("bot.notes.dispatch.fleet._HEARTBEAT", 0.2)
    monkeypatch.setattr("bot.notes.dispatch.fleet._DEAD_AFTER", 4.0)
    await yard.submit(1)
    async with yard.worker(), yard.worker(), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        with postgres.away(), structlog.testing.capture_logs() as told:
            async with asyncio.timeout(PATIENCE):
                while [line["event"] for line in told].count("the queue is away") < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        back = asyncio.get_running_loop().time()
        # For longer than whoever has no heartbeat would be left alone.
        while asyncio.get_running_loop().time() < back + 7:
            await until_beaten(app, 2)
        yard.end(1, 2)
        await yard.submit(2)
        await yard.until_ended(2)
        await yard.until_ended(1)
    assert yard.begun == [1, 2]


async def test_a_database_that_keeps_everybody_waiting_makes_nobody_dead(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing fails: hearts beat late, and whoever listens hears late of them."""
    for name, seconds in (("_HEARTBEAT", 0.2), ("_DEAD_AFTER", 2.0), ("_LOOK_EVERY", 0.2), ("_LATE", 1.0)):
        monkeypatch.setattr(f"bot.notes.dispatch.fleet.{name}", seconds)
    await yard.submit(1)
    async with yard.worker(), yard.worker(), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        # They have listened for long enough to know who is dead.
        beginning = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() < beginning + 3:
            await until_beaten(app, 2)
        async with await psycopg.AsyncConnection.connect(yard.url) as other:
            await other.execute("LOCK TABLE procrastinate_workers IN EXCLUSIVE MODE")
            await until_waiting(yard.url, 2)
            # Nobody's heart is heard for longer than it takes to be dead.
            await other.execute("LOCK TABLE procrastinate_jobs IN ACCESS EXCLUSIVE MODE")
            await other.execute("SELECT pg_sleep(3)")
        await until_beaten(app, 2)
        await until_beaten(app, 2)
        yard.end(1)
        await yard.until_ended(1)
    assert yard.begun == [1]


async def test_who_was_taken_for_dead_comes_back(yard: Yard) -> None:
    """As a new worker: it takes jobs again."""
    yard.end(1, 2)
    async with yard.worker(), fleet.opened(yard.url) as app:
        await yard.submit(1)
        await yard.until_ended(1)
        before = await beats(app, after=0)
        await app.connector.execute_query_async("DELETE FROM procrastinate_workers")
        await yard.submit(2)
        await yard.until_ended(2)
        after = await beats(app, after=0)
    assert len(after) == 1
    assert after != before


async def test_who_begins_strikes_nobody_off_that_may_be_alive(yard: Yard) -> None:
    """Nobody's heart was heard while the database was away: who has been here for as long decides who is dead."""
    await yard.submit(1)
    async with yard.worker(), fleet.opened(yard.url) as app:
        await yard.until_begun(1)
        before = await beats(app, after=0)
        await app.connector.execute_query_async(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"
        )
        async with yard.worker():
            await until_beaten(app, 2)
            assert set(before) < set(await beats(app, after=0))
            yard.end(1)
            await yard.until_ended(1)
    assert yard.begun == [1]


async def test_who_is_told_to_stop_does_so_while_the_database_is_away(
    yard: Yard, postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    """What it could not give back is taken over by others."""
    await yard.submit(1)
    async with yard.worker() as serving:
        await yard.until_begun(1)
        with postgres.away():
            serving.cancel()
            done, _ = await asyncio.wait([serving], timeout=2 * PATIENCE)
        assert done
    assert serving.cancelled()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    yard.end(1)
    async with yard.worker():
        await yard.until_ended(1, within=TAKEN_OVER_WITHIN)


async def test_a_job_whose_end_cannot_be_told_keeps_nobody_waiting(
    yard: Yard, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The queue would take it for one that is being done, by a worker that is alive, for good."""
    monkeypatch.setattr("bot.notes.dispatch.fleet._HEARTBEAT", 0.2)
    monkeypatch.setattr("bot.notes.dispatch.fleet._DEAD_AFTER", 2.0)
    await yard.submit(1)
    async with yard.worker():
        await yard.until_begun(1)
        with postgres.away():
            yard.end(1)
            await yard.until_ended(1)
            async with asyncio.timeout(PATIENCE):
                for telling in (True, False):
                    while is_telling() is not telling:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
        await yard.submit(1)
        await yard.until_ended(1, times=2)


def is_telling() -> bool:
    """Whether a worker in this process is about to tell the queue of a job's end."""
    return any("_persist_job_status" in repr(task.get_coro()) for task in asyncio.all_tasks())


async def test_a_job_that_was_lost_on_its_way_is_given_back(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke before the worker was told that the job is its own."""
    monkeypatch.setattr("bot.notes.dispatch.fleet._HEARTBEAT", 0.2)
    monkeypatch.setattr("bot.notes.dispatch.fleet._DEAD_AFTER", 2.0)
    yard.end(1)
    async with fleet.opened(yard.url) as app:
        await yard.submit(1)
        await app.connector.execute_query_async(
            "UPDATE procrastinate_jobs SET scheduled_at = now() + '1 hour'"
        )
        async with yard.worker():
            await until_beaten(app, 1)
            await app.connector.execute_query_async(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)"
            )
            await yard.until_ended(1)
    assert yard.ended == [1]


async def test_a_job_that_was_given_back_may_be_on_its_way_again(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next worker may be the same one, which has not been told of it yet: it is left alone as long as any other."""
    monkeypatch.setattr("bot.notes.dispatch.fleet._HEARTBEAT", 0.2)
    monkeypatch.setattr("bot.notes.dispatch.fleet._DEAD_AFTER", 2.0)
    now = asyncio.get_running_loop().time
    begin = """
        UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)
        WHERE args @> '{"message_id": 2}'"""
    waits = "SELECT 1 FROM procrastinate_jobs WHERE status = 'todo'"
    async with yard.worker(at_once=1), fleet.opened(yard.url) as app:
        await yard.submit(1)
        await yard.until_begun(1)
        await yard.submit(2, home=OTHER)
        given: list[float] = []
        for _ in range(2):
            await app.connector.execute_query_async(begin)
            given.append(now())
            async with asyncio.timeout(PATIENCE):
                while not await app.connector.execute_query_all_async(waits):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        left_alone = now() - given[-1]
        yard.end(1, 2)
        await yard.until_ended(2)
    assert left_alone > 2.5
