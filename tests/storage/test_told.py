"""What people are told once: by whoever comes first, also of many at once, and again by the same after a crash."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.storage.told import Told
from tests.fixtures_database import Clock, clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

DAY = 86_400.0


@pytest.fixture
def told(database: Database, clock: Clock) -> Told:
    """Nothing was told yet."""
    return Told(database, clock=clock)


async def test_whoever_comes_first_tells_it(told: Told) -> None:
    """Nobody else does; other things are told by others."""
    assert await told.first("notice:2", 11)
    assert not await told.first("notice:2", 12)
    assert await told.first("notice:9", 12)


async def test_another_try_at_the_same_note_tells_it_again(told: Told) -> None:
    """As often as it takes."""
    assert await told.first("notice:2", 11)
    assert await told.first("notice:2", 11)
    assert not await told.first("notice:2", 12)
    assert await told.first("notice:2", 11)


async def test_notes_of_one_message_are_told_apart(told: Told) -> None:
    """So are things that are asked of one note."""
    assert await told.first("notice:2", 11, attachment_id=5, ask="listened")
    assert not await told.first("notice:2", 11, attachment_id=6, ask="listened")
    assert not await told.first("notice:2", 11, attachment_id=5, ask="preset:summary:de")
    assert await told.first("notice:2", 11, attachment_id=5, ask="listened")


async def test_of_many_at_once_one_tells_it(told: Told) -> None:
    """On PostgreSQL each has a connection of its own."""
    for what in ("notice:2", "budget:3:2026-11-29", "budget:3:2026-11"):
        first = await asyncio.gather(*(told.first(what, message_id) for message_id in range(1, 31)))
        assert first.count(True) == 1


async def test_what_is_over_is_forgotten(told: Told, clock: Clock) -> None:
    """So it is told again. A notice holds for good."""
    await told.first("notice:2", 11)
    await told.first("budget:3:2026-11-28", 11)
    clock.now += DAY
    await told.first("budget:3:2026-11-29", 12)
    clock.now += 1
    assert await told.prune(DAY) == 1
    assert await told.prune(DAY) == 0
    assert await told.first("budget:3:2026-11-28", 13)
    assert not await told.first("budget:3:2026-11-29", 13)
    assert not await told.first("notice:2", 13)
