"""Up to where each shard has seen: a mark that never passes a message nobody has taken in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, cast

import pytest

from bot import storage
from bot.client.catchup import CatchUp
from bot.storage import Watermarks

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    import discord


SHARD, OTHER = 1, 2
NOW = 1_700_000_000.0
TODAY = int((NOW - 1_420_070_400) * 1000) << 22
"""The id of a message sent now."""


class Guild(NamedTuple):
    """A server without channels, as far as it is looked at."""

    shard_id: int
    id: int = 70
    unavailable: bool = False
    text_channels: tuple[()] = ()
    voice_channels: tuple[()] = ()
    stage_channels: tuple[()] = ()
    forums: tuple[()] = ()
    threads: tuple[()] = ()


class Message(NamedTuple):
    """A message, as far as it is looked at."""

    id: int
    guild: Guild | None


def guild(number: int, *, unavailable: bool = False) -> discord.Guild:
    """A server of the shard."""
    return cast("discord.Guild", Guild(SHARD, number, unavailable))


def message(number: int, shard: int | None = SHARD) -> discord.Message:
    """The message of that number since now, in a server of that shard, or in private."""
    posted_in = None if shard is None else Guild(shard)
    return cast("discord.Message", Message(TODAY + number, posted_in))


class Watching:
    """Catching up where no channel has anything new."""

    def __init__(self, watermarks: Watermarks) -> None:
        self.watermarks = watermarks
        self.now = NOW
        self.catch_up = self.opened()

    def opened(self) -> CatchUp:
        """As each run opens its own."""

        async def nothing(_: object) -> int:
            return 0

        return CatchUp(
            take_in=nothing,
            watermarks=self.watermarks,
            hours=24,
            clock=lambda: self.now,
        )

    async def mark(self, shard: int = SHARD) -> int | None:
        """Messages since now that a next run counts as seen."""
        await self.catch_up.save()
        seen = await self.watermarks.get(shard)
        return None if seen is None else seen - TODAY


@pytest.fixture
async def watching(tmp_path: Path) -> AsyncGenerator[Watching]:
    """The first day."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        yield Watching(Watermarks(database))


async def test_the_first_day_begins_now(watching: Watching) -> None:
    """What was posted before was not for us; what is posted from now on is not missed, though this run end at once."""
    await watching.catch_up.begin(SHARD)
    assert await watching.mark() == 0
    watching.now += 100
    watching.catch_up = watching.opened()
    await watching.catch_up.begin(SHARD)
    assert await watching.mark() == 0


async def test_a_new_shard_takes_up_what_the_others_have_left(watching: Watching) -> None:
    """Discord advises more shards than yesterday: some servers come to one that has no mark, but they have a past."""
    await watching.watermarks.put(0, TODAY - 70)
    await watching.watermarks.put(OTHER, TODAY - 50)
    await watching.catch_up.begin(SHARD)
    assert await watching.mark() == -70


async def test_the_mark_waits_until_a_new_session_has_caught_up(watching: Watching) -> None:
    """What comes live meanwhile is newer than what has to be looked for."""
    await watching.watermarks.put(SHARD, TODAY - 50)
    await watching.catch_up.begin(SHARD)
    with watching.catch_up.taking_in(message(3)):
        pass
    assert await watching.mark() == -50
    await watching.catch_up.run(SHARD, [])
    assert await watching.mark() == 3
    await watching.catch_up.begin(SHARD)
    with watching.catch_up.taking_in(message(5)):
        pass
    assert await watching.mark() == 3


async def test_the_mark_never_passes_a_message_in_hand(watching: Watching) -> None:
    """Until it is written down; older ones that come later do not take it back."""
    await watching.catch_up.begin(SHARD)
    await watching.catch_up.run(SHARD, [])
    with watching.catch_up.taking_in(message(3)):
        with watching.catch_up.taking_in(message(7)):
            assert await watching.mark() == 0
        assert await watching.mark() == 2
    assert await watching.mark() == 7
    with watching.catch_up.taking_in(message(6)):
        pass
    assert await watching.mark() == 7


async def test_the_mark_never_passes_a_message_that_was_not_taken_in(watching: Watching) -> None:
    """Something broke: the next run looks for it."""
    await watching.catch_up.begin(SHARD)
    await watching.catch_up.run(SHARD, [])
    with pytest.raises(LookupError), watching.catch_up.taking_in(message(3)):
        raise LookupError
    with watching.catch_up.taking_in(message(7)):
        pass
    assert await watching.mark() == 2


async def test_each_shard_has_a_mark_of_its_own(watching: Watching) -> None:
    """Private messages come by the first one."""
    for shard in (0, SHARD, OTHER):
        await watching.catch_up.begin(shard)
    for shard in (0, SHARD):
        await watching.catch_up.run(shard, [])
    for posted in (message(3), message(5, OTHER), message(9, None)):
        with watching.catch_up.taking_in(posted):
            pass
    assert [await watching.mark(shard) for shard in (0, SHARD, OTHER)] == [9, 3, 0]


async def test_a_session_that_begins_while_another_is_caught_up_with_has_a_gap_of_its_own(
    watching: Watching,
) -> None:
    """The end of the first catch-up says nothing of what was missed before the second session."""
    await watching.catch_up.begin(SHARD)
    await watching.catch_up.run(SHARD, [])
    with watching.catch_up.taking_in(message(3)):
        pass
    await watching.catch_up.begin(SHARD)
    running = asyncio.create_task(watching.catch_up.run(SHARD, []))
    await asyncio.sleep(0)
    await watching.catch_up.begin(SHARD)
    with watching.catch_up.taking_in(message(9)):
        pass
    await running
    assert await watching.mark() == 3
    await watching.catch_up.run(SHARD, [])
    assert await watching.mark() == 9


async def test_a_server_that_is_unavailable_holds_the_mark(watching: Watching) -> None:
    """From the first look on, and when it goes later; until it is there, or the bot is no member any more."""
    there, away = guild(71), guild(72, unavailable=True)
    await watching.catch_up.begin(SHARD)
    await watching.catch_up.run(SHARD, [there, away])
    with watching.catch_up.taking_in(message(3)):
        pass
    assert await watching.mark() == 0
    await watching.catch_up.available(guild(72))
    assert await watching.mark() == 3
    await watching.catch_up.unavailable(there)
    with watching.catch_up.taking_in(message(5)):
        pass
    await watching.catch_up.unavailable(there)
    assert await watching.mark() == 3
    watching.catch_up.removed(there)
    assert await watching.mark() == 5


async def test_a_server_that_never_comes_back_holds_nothing_for_ever(watching: Watching) -> None:
    """What is older than a day is not looked for anyway."""
    await watching.catch_up.begin(SHARD)
    await watching.catch_up.run(SHARD, [guild(72, unavailable=True)])
    watching.now += 30 * 3600
    later = message((40 * 3600 * 1000) << 22)
    with watching.catch_up.taking_in(later):
        pass
    assert await watching.mark() == (6 * 3600 * 1000) << 22
