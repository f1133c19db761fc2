"""Sums over what was paid for."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bot.budgets import Entry, Sum
from bot.storage.usage import Settlement, UsageRows
from bot.storage.usage_sums import By, UsageSums
from tests.fixtures_database import clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.budgets import Cap
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

DAY = 86_400.0
MIDNIGHT = 20_001 * DAY
ENTRY = Entry(
    guild_id=3, channel_id=2, speaker_id=4, asked_by=4, ask="listened", message_id=1, attachment_id=5
)


@pytest.fixture
async def sums(database: Database) -> UsageSums:
    """Two servers, three people and two models, around a midnight."""
    rows = UsageRows(database)
    for at, entry, seconds, cost, model in (
        (MIDNIGHT - 0.001, ENTRY, 10.0, 0.25, "a/b"),
        (MIDNIGHT, ENTRY, 20.0, 0.5, "a/b"),
        (MIDNIGHT + DAY / 2, dataclasses.replace(ENTRY, asked_by=5, channel_id=9), 5.0, None, "c/d"),
        (MIDNIGHT + DAY - 0.001, dataclasses.replace(ENTRY, guild_id=None, asked_by=6), 1.0, None, "c/d"),
    ):
        await rows.settle(None, entry, at, Settlement(seconds=seconds, tokens=100, cost=cost, model=model))

    def no_caps(_: float) -> tuple[Cap, ...]:
        return ()

    await rows.reserve(ENTRY, 1000.0, no_caps)
    return UsageSums(database)


async def test_all_together(sums: UsageSums) -> None:
    """What is only reserved is not used; what nobody told the cost of has none."""
    [total] = await sums.sums(By.EVERYTHING, 0, 1e12)
    assert total == Sum(seconds=36.0, answers=4, tokens=400, cost=0.75)
    [of_person] = await sums.sums(By.EVERYTHING, 0, 1e12, person_id=5)
    assert of_person == Sum(seconds=5.0, answers=1, tokens=100, cost=None)
    assert await sums.sums(By.EVERYTHING, 0, 1.0) == []


async def test_by_day(sums: UsageSums) -> None:
    """Days end at midnight, to the millisecond."""
    found = await sums.sums(By.DAY, 0, 1e12)
    assert [(each.key, each.seconds) for each in found] == [(20_000, 10.0), (20_001, 26.0)]
    assert [each.key for each in await sums.sums(By.DAY, MIDNIGHT, MIDNIGHT + DAY)] == [20_001]
    assert await sums.sums(By.DAY, MIDNIGHT - DAY, MIDNIGHT - 0.001) == []


@pytest.mark.parametrize(
    ("by", "keys"),
    [(By.SERVER, [3, None]), (By.PERSON, [4, 5, 6]), (By.CHANNEL, [2, 9]), (By.MODEL, ["a/b", "c/d"])],
)
async def test_the_largest_come_first(sums: UsageSums, by: By, keys: list[object]) -> None:
    """As many as are wanted."""
    assert [each.key for each in await sums.sums(by, 0, 1e12)] == keys
    assert [each.key for each in await sums.sums(by, 0, 1e12, most=1)] == keys[:1]


async def test_of_one_server(sums: UsageSums) -> None:
    """Nobody else's."""
    assert [each.key for each in await sums.sums(By.PERSON, 0, 1e12, guild_id=3)] == [4, 5]
