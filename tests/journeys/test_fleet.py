"""Gateway and workers as processes of their own, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from benchmarks.postgres import PostgresServer
    from tests.journeys.stage import Stage


async def test_a_worker_answers_what_the_gateway_takes_in(stage: Stage, postgres_url: str) -> None:
    """The gateway never speaks to the model, the worker, which starts from nothing here, never to the gateway.

    Both give back the memory that they have freed.
    """
    await stage.migrate(DATABASE_URL=postgres_url)
    stage.openroute.script("Heard.")
    async with (
        stage.bot("--gateway-only", DATABASE_URL=postgres_url, LOG_LEVEL="DEBUG") as gateway,
        stage.starting_bot(command="worker", DATABASE_URL=postgres_url, LOG_LEVEL="DEBUG") as worker,
    ):
        await worker.logged("working")
        thread = await stage.thread_on(stage.post_note())
        await stage.said(thread, "Heard.")
        assert (await worker.logged("note"))["outcome"] == "posted"
        for process in (gateway, worker):
            await process.logged("memory given back")
    assert not [line for line in gateway.lines if line["event"] == "note"]
    assert stage.discord.gateway.identified == 1


async def test_another_worker_takes_over(stage: Stage, fleet_url: str) -> None:
    """A worker killed while the model speaks: the other one answers within 30 seconds, in the same thread."""
    never = asyncio.Event()
    stage.openroute.script("Half of ", never)
    stage.openroute.script("The whole.")
    loop = asyncio.get_running_loop()
    async with stage.bot("--gateway-only", DATABASE_URL=fleet_url):
        async with stage.worker(DATABASE_URL=fleet_url) as first:
            thread = await stage.thread_on(stage.post_note())
            await stage.said(thread, "Half of")
            await first.kill()
            first.expected_status = -9
        killed = loop.time()
        async with stage.worker(DATABASE_URL=fleet_url):
            await stage.said(thread, "The whole.")
            assert loop.time() - killed < 30
    assert [message.content for message in stage.of_the_bot(thread)] == ["The whole."]


async def test_the_database_goes_away_for_a_while(
    stage: Stage, postgres: PostgresServer, fleet_url: str
) -> None:
    """A note posted meanwhile is taken in and answered once the database is back."""
    stage.openroute.script("Heard.")
    async with (
        stage.bot("--gateway-only", DATABASE_URL=fleet_url) as gateway,
        stage.worker(DATABASE_URL=fleet_url) as worker,
    ):
        await gateway.logged("ready")
        with postgres.away():
            note = stage.post_note()
            await gateway.logged("the database is away")
        await stage.said(await stage.thread_on(note), "Heard.")
        assert (await worker.logged("note"))["outcome"] == "posted"


async def test_a_database_nobody_prepared(stage: Stage, postgres_url: str) -> None:
    """A sentence names the command that is missing."""
    async with stage.starting_bot("--gateway-only", DATABASE_URL=postgres_url) as bot:
        assert await bot.ended() == 2
        assert "python -m bot migrate" in bot.raw
        bot.expected_status = 2


async def test_a_fleet_needs_a_database_to_share(stage: Stage) -> None:
    """With SQLite neither a worker nor a gateway without a worker starts."""
    async with stage.starting_bot(command="worker") as bot:
        assert await bot.ended() == 2
        assert "postgresql://" in bot.raw
        bot.expected_status = 2


async def test_a_file_belongs_to_one_process(stage: Stage) -> None:
    """A second bot on the same file says so and leaves the first alone."""
    stage.openroute.script("Heard.")
    async with stage.bot():
        async with stage.starting_bot() as second:
            assert await second.ended() == 2
            assert "in use by another Earshot" in second.raw
            second.expected_status = 2
        await stage.said(await stage.thread_on(stage.post_note()), "Heard.")


async def test_nobody_starves(stage: Stage) -> None:
    """A server with fifty notes waiting, and a single note of another: it is among the next few answered."""
    other = stage.discord.add_guild("Elsewhere")
    ben = stage.discord.add_user("ben")
    stage.discord.add_member(other, ben)
    channel = stage.discord.add_channel(other, "general")
    gate = asyncio.Event()
    stage.openroute.script(gate, "Heard.", times=2)
    stage.openroute.script("Heard.", times=60)
    async with stage.bot(NOTES_AT_ONCE="2", NOTES_AT_ONCE_PER_SERVER="2", LOG_LEVEL="DEBUG") as bot:
        for _ in range(50):
            stage.post_note()
        await stage.openroute.wait_for(lambda: len(stage.openroute.requests) == 2, PATIENCE)
        single = stage.post_note(channel, author=ben)
        await bot.logged("received", times=51)
        gate.set()
        await stage.said(await stage.thread_on(single), "Heard.")
        answered = [line["message"] for line in bot.lines if line["event"] == "note"]
    assert len(answered) < 8
