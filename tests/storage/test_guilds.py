"""Servers: introduced in once, and forgotten some time after the bot has left them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.storage import WHOLE_SERVER, GuildSettings, Told, schema
from bot.storage.guilds import Guilds
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

DAY = 86_400.0
HERE, THERE, ELSEWHERE = 3 << 22, 5 << 22, 4 << 22
"""Of two shards, the second has the first two."""


@pytest.fixture
def guilds(database: Database, clock: Clock) -> Guilds:
    """Nothing is known of any server."""
    return Guilds(database, clock=clock)


async def fill(database: Database, guild_id: int) -> None:
    """A server has all that a server can have."""
    await GuildSettings(database).change(guild_id, WHOLE_SERVER, "prompt", "Sing.", 4)
    await Told(database).first(f"notice:{guild_id}", 11, guild_id=guild_id)
    await rows_of(
        database, sa.insert(schema.guild_presets).values(guild_id=guild_id, name="Recipe", prompt="Cook.")
    )


async def left_of(database: Database) -> dict[str, set[int]]:
    """The servers in each table."""
    tables = (
        schema.server_settings,
        schema.setting_changes,
        schema.guild_presets,
        schema.told,
        schema.guilds,
    )
    return {
        table.name: {row[0] for row in await rows_of(database, sa.select(table.c.guild_id))}
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


async def test_a_server_that_was_left_is_forgotten(guilds: Guilds, database: Database, clock: Clock) -> None:
    """All of it, after a while and not before; another server's stays."""
    for guild_id in (HERE, THERE):
        await fill(database, guild_id)
    await guilds.claim_introduction(HERE)
    await guilds.leave([HERE])
    clock.now += DAY
    assert await guilds.prune(DAY) == 0
    # That it is found to be gone once more does not put that off.
    await guilds.leave([HERE])
    clock.now += 1
    assert await guilds.prune(DAY) == 1
    assert await guilds.prune(DAY) == 0
    left = await left_of(database)
    assert left.pop("guilds") == set()
    assert all(servers == {THERE} for servers in left.values())


async def test_a_server_that_is_back_keeps_what_it_had(
    guilds: Guilds, database: Database, clock: Clock
) -> None:
    """And is not introduced to a second time."""
    await fill(database, HERE)
    await guilds.claim_introduction(HERE)
    await guilds.leave([HERE])
    await guilds.come_back([HERE, THERE])
    clock.now += 2 * DAY
    assert await guilds.prune(DAY) == 0
    assert all(servers == {HERE} for servers in (await left_of(database)).values())
    assert not await guilds.claim_introduction(HERE)


async def test_the_servers_of_a_shard(guilds: Guilds, database: Database) -> None:
    """Those of which anything is stored, and that were not left."""
    for guild_id in (HERE, ELSEWHERE):
        await fill(database, guild_id)
    await guilds.claim_introduction(THERE)
    await Told(database).first("notice:7", 12)
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
