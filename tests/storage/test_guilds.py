"""Servers: introduced in once, and forgotten some time after the bot has left them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.storage import WHOLE_SERVER, GuildSettings, Told, schema
from bot.storage.guilds import Guilds
from tests.fixtures_database import Clock, clock, database_url, engine
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["clock", "database_url", "engine", "postgres", "postgres_url"]

DAY = 86_400.0
HERE, THERE, ELSEWHERE = 3 << 22, 5 << 22, 4 << 22
"""Of two shards, the second has the first two."""


@pytest.fixture
def guilds(engine: AsyncEngine, clock: Clock) -> Guilds:
    """Nothing is known of any server."""
    return Guilds(engine, clock=clock)


async def fill(engine: AsyncEngine, guild_id: int) -> None:
    """A server has all that a server can have."""
    await GuildSettings(engine).change(guild_id, WHOLE_SERVER, "prompt", "Sing.", 4)
    await Told(engine).first(f"notice:{guild_id}", 11, guild_id=guild_id)
    async with engine.begin() as connection:
        await connection.execute(
            sa.insert(schema.guild_presets).values(guild_id=guild_id, name="Recipe", prompt="Cook.")
        )


async def left_of(engine: AsyncEngine) -> dict[str, set[int]]:
    """The servers in each table."""
    tables = (
        schema.server_settings,
        schema.setting_changes,
        schema.guild_presets,
        schema.told,
        schema.guilds,
    )
    async with engine.connect() as connection:
        return {
            table.name: set((await connection.execute(sa.select(table.c.guild_id))).scalars())
            for table in tables
        }


async def test_it_is_introduced_once(guilds: Guilds) -> None:
    """Of many who would at once, one does; what failed may be tried again."""
    claimed = await asyncio.gather(*(guilds.claim_introduction(HERE) for _ in range(20)))
    assert claimed.count(True) == 1
    assert await guilds.claim_introduction(THERE)
    await guilds.give_introduction_back(HERE)
    assert await guilds.claim_introduction(HERE)
    assert not await guilds.claim_introduction(HERE)


async def test_a_server_that_was_left_is_forgotten(guilds: Guilds, engine: AsyncEngine, clock: Clock) -> None:
    """All of it, after a while and not before; another server's stays."""
    for guild_id in (HERE, THERE):
        await fill(engine, guild_id)
    await guilds.claim_introduction(HERE)
    await guilds.leave([HERE])
    clock.now += DAY
    assert await guilds.prune(DAY) == 0
    # That it is found to be gone once more does not put that off.
    await guilds.leave([HERE])
    clock.now += 1
    assert await guilds.prune(DAY) == 1
    assert await guilds.prune(DAY) == 0
    left = await left_of(engine)
    assert left.pop("guilds") == set()
    assert all(servers == {THERE} for servers in left.values())


async def test_a_server_that_is_back_keeps_what_it_had(
    guilds: Guilds, engine: AsyncEngine, clock: Clock
) -> None:
    """And is not introduced to a second time."""
    await fill(engine, HERE)
    await guilds.claim_introduction(HERE)
    await guilds.leave([HERE])
    await guilds.come_back([HERE, THERE])
    clock.now += 2 * DAY
    assert await guilds.prune(DAY) == 0
    assert all(servers == {HERE} for servers in (await left_of(engine)).values())
    assert not await guilds.claim_introduction(HERE)


async def test_the_servers_of_a_shard(guilds: Guilds, engine: AsyncEngine) -> None:
    """Those of which anything is stored, and that were not left."""
    for guild_id in (HERE, ELSEWHERE):
        await fill(engine, guild_id)
    await guilds.claim_introduction(THERE)
    await Told(engine).first("notice:7", 12)
    assert await guilds.known(1, 2) == {HERE, THERE}
    assert await guilds.known(0, 2) == {ELSEWHERE}
    assert await guilds.known(0, 1) == {HERE, THERE, ELSEWHERE}
    await guilds.leave([HERE])
    assert await guilds.known(1, 2) == {THERE}


async def test_any_number_of_servers(guilds: Guilds, clock: Clock) -> None:
    """None, and more than a statement takes."""
    many = range(1 << 22, (1 << 22) + 2_500)
    await guilds.leave(())
    await guilds.come_back(())
    await guilds.leave(many)
    clock.now += DAY
    await guilds.come_back(many[:500])
    assert await guilds.prune(DAY / 2) == 2_000
