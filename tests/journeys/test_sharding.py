"""Servers spread over shards: of one process, or of several on a shared database. Each note is answered once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.discord import Channel, Message
    from tests.journeys.stage import Bot, Stage

SHARDS = 2


class Spread:
    """A stage with a server on each of two shards, and someone who also writes to the bot in private."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.channels = [self._server(shard) for shard in range(SHARDS)]
        self.direct = stage.discord.direct_channel(stage.anna)

    def _server(self, shard: int) -> Channel:
        discord = self.stage.discord
        # A server's shard is decided by its id, from the 23rd bit on.
        guild = discord.add_guild(f"Server of shard {shard}", guild_id=(1 << 40 | shard) << 22)
        discord.add_member(guild, self.stage.anna)
        return discord.add_channel(guild)

    async def answered(self, note: Message) -> None:
        """Wait until a note in a server is answered."""
        await self.stage.said(await self.stage.thread_on(note), "Heard.")

    def answers(self) -> list[int]:
        """How many messages of the bot there are: on each note in the servers, then in private."""
        notes = [message for channel in self.channels for message in channel.messages]
        threads = [note.thread for note in notes]
        said = [0 if thread is None else len(self.stage.of_the_bot(thread)) for thread in threads]
        return [*said, len(self.stage.of_the_bot(self.direct))]


@pytest.fixture
def spread(stage: Stage) -> Spread:
    """Each note is heard with one request; a second one would find nothing to be answered with."""
    return Spread(stage)


def received(bot: Bot) -> set[int]:
    """The messages whose notes a process took in."""
    return {line["message"] for line in bot.lines if line["event"] == "received"}


async def test_two_gateways_share_the_servers(stage: Stage, spread: Spread, fleet_url: str) -> None:
    """Each takes in what belongs to its shard, the first one also what is private.

    One is killed: what is posted in its server waits until it is back, and the other goes on meanwhile.
    """
    fleet = {"DATABASE_URL": fleet_url, "SHARD_COUNT": str(SHARDS), "LOG_LEVEL": "DEBUG"}
    stage.openroute.script("Heard.", times=5)
    async with (
        stage.worker(DATABASE_URL=fleet_url) as worker,
        stage.bot("--gateway-only", **fleet, SHARD_IDS="0") as zero,
    ):
        async with stage.bot("--gateway-only", **fleet, SHARD_IDS="1") as one:
            # Both begin in the same moment, which Discord allows to one; the other has to wait for its turn.
            await asyncio.gather(zero.logged("ready"), one.logged("ready"))
            in_zero, in_one = (stage.post_note(channel) for channel in spread.channels)
            in_private = stage.post_note(spread.direct)
            await asyncio.gather(spread.answered(in_zero), spread.answered(in_one))
            await stage.said(spread.direct, "Heard.")
            await worker.logged("note", times=3)
            assert (received(zero), received(one)) == ({in_zero.id, in_private.id}, {in_one.id})
            await one.kill()
            one.expected_status = -9
        missed, meanwhile = stage.post_note(spread.channels[1]), stage.post_note(spread.channels[0])
        await spread.answered(meanwhile)
        assert missed.thread is None
        async with stage.bot("--gateway-only", **fleet, SHARD_IDS="1") as one:
            await spread.answered(missed)
            await worker.logged("note", times=5)
            assert received(one) == {missed.id}
    assert spread.answers() == [1, 1, 1, 1, 1]
    assert len(stage.openroute.requests) == 5


async def test_one_process_has_all_shards(stage: Stage, spread: Spread) -> None:
    """As many as are set, or else as many as Discord advises; what was missed on any is found by the next run."""
    stage.discord.gateway.shards = SHARDS
    stage.openroute.script("Heard.", times=5)
    async with stage.bot(SHARD_COUNT=str(SHARDS)) as bot:
        assert (await bot.logged("ready"))["shards"] == SHARDS
        assert sorted(session.shard_id for session in stage.discord.gateway.connected) == [0, 1]
        notes = [stage.post_note(channel) for channel in spread.channels]
        stage.post_note(spread.direct)
        await asyncio.gather(*map(spread.answered, notes))
        await stage.said(spread.direct, "Heard.")
        await bot.logged("note", times=3)
    missed = [stage.post_note(channel) for channel in spread.channels]
    async with stage.bot() as bot:
        await asyncio.gather(*map(spread.answered, missed))
        await bot.logged("note", times=2)
    assert spread.answers() == [1, 1, 1, 1, 1]
    assert len(stage.openroute.requests) == 5


async def test_shards_that_discord_refuses(stage: Stage) -> None:
    """The process ends with a sentence after one attempt."""
    stage.discord.gateway.refuse_identify = 4011
    async with stage.starting_bot(SHARD_COUNT="1") as bot:
        assert await bot.ended() == 1
        assert "check SHARD_COUNT and SHARD_IDS" in bot.raw
        bot.expected_status = 1
