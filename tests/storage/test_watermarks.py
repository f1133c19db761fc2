"""Where the next run reads on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.models import ChannelKind
from bot.storage import Deletions, Ledger, Watermarks
from tests.fixtures import note_of
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


async def test_channels_of_direct_messages_are_known(watermarks: Watermarks) -> None:
    """The latest first, each once, finished or not; not those of servers."""
    ledger = Ledger(watermarks.database)
    for message, channel, channel_kind in (
        (1, 71, ChannelKind.DIRECT),
        (2, 72, ChannelKind.DIRECT),
        (3, 73, ChannelKind.TEXT),
        (4, 71, ChannelKind.DIRECT),
    ):
        await ledger.receive([note_of(message_id=message, channel_id=channel, channel_kind=channel_kind)])
    await Deletions(ledger.database).forget([2])
    assert await watermarks.direct_channels() == [71, 72]
