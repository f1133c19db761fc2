"""What servers have set, for all of them or one channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.storage.guild_settings import PROMPT, GuildSetting, GuildSettings
from tests.fixtures_database import database_url, engine
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["database_url", "engine", "postgres", "postgres_url"]

GUILD, OTHER = 81_384_788_765_712_384, 2
CHANNEL, THREAD = 11, 12


@pytest.fixture
def store(engine: AsyncEngine) -> GuildSettings:
    """Nothing set yet."""
    return GuildSettings(engine)


async def test_what_is_set_is_set_there_alone(store: GuildSettings) -> None:
    """Servers, channels and settings do not mix."""
    other_setting = GuildSetting(name="language", most_characters=10, help="?")
    await store.put(PROMPT, GUILD, "server")
    await store.put(PROMPT, GUILD, "channel", channel_id=CHANNEL)
    await store.put(other_setting, OTHER, "de")
    assert await store.get(PROMPT, GUILD) == "server"
    assert await store.get(PROMPT, GUILD, channel_id=CHANNEL) == "channel"
    assert await store.get(PROMPT, GUILD, channel_id=THREAD) is None
    assert await store.get(PROMPT, OTHER) is None
    assert await store.get(other_setting, OTHER) == "de"


async def test_the_last_word_counts(store: GuildSettings) -> None:
    """Setting again replaces; and what was too long is cut to the limit."""
    await store.put(PROMPT, GUILD, "first")
    await store.put(PROMPT, GUILD, "é\U0001f600" * 4_000)
    assert await store.get(PROMPT, GUILD) == ("é\U0001f600" * 4_000)[: PROMPT.most_characters]


async def test_resetting_tells_whether_anything_was_set(store: GuildSettings) -> None:
    """And leaves the rest alone."""
    await store.put(PROMPT, GUILD, "server")
    await store.put(PROMPT, GUILD, "channel", channel_id=CHANNEL)
    assert await store.reset(PROMPT, GUILD, channel_id=CHANNEL)
    assert not await store.reset(PROMPT, GUILD, channel_id=CHANNEL)
    assert await store.get(PROMPT, GUILD, channel_id=CHANNEL) is None
    assert await store.get(PROMPT, GUILD) == "server"


async def test_the_nearest_place_speaks_for_a_thread(store: GuildSettings) -> None:
    """The thread itself, then its channel; the server is told apart."""
    assert await store.nearest(PROMPT, GUILD, (THREAD, CHANNEL)) == (None, None)
    await store.put(PROMPT, GUILD, "server")
    assert await store.nearest(PROMPT, GUILD, (THREAD, CHANNEL)) == (None, "server")
    await store.put(PROMPT, GUILD, "channel", channel_id=CHANNEL)
    assert await store.nearest(PROMPT, GUILD, (THREAD, CHANNEL)) == ("channel", "server")
    await store.put(PROMPT, GUILD, "thread", channel_id=THREAD)
    assert await store.nearest(PROMPT, GUILD, (THREAD, CHANNEL)) == ("thread", "server")
    assert await store.nearest(PROMPT, GUILD, (CHANNEL,)) == ("channel", "server")
    assert await store.nearest(PROMPT, OTHER, (CHANNEL,)) == (None, None)
