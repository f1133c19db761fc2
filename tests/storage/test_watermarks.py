"""Up to where each shard has seen everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.storage import Watermarks
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]


@pytest.fixture
def watermarks(database: Database) -> Watermarks:
    """Of a bot on its first day."""
    return Watermarks(database)


async def test_each_shard_has_a_watermark(watermarks: Watermarks) -> None:
    """None at first; then the one that was put last."""
    assert await watermarks.get(0) is None
    await watermarks.put(0, 2**62)
    await watermarks.put(1, 7)
    await watermarks.put(0, 2**62 + 1)
    assert (await watermarks.get(0), await watermarks.get(1)) == (2**62 + 1, 7)


async def test_the_oldest_watermark(watermarks: Watermarks) -> None:
    """Of all shards: what a shard begins with that was not there before."""
    assert await watermarks.oldest() is None
    await watermarks.put(0, 2**62)
    await watermarks.put(1, 2**61)
    assert await watermarks.oldest() == 2**61
