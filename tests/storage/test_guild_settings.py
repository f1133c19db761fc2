"""What servers have set, for all of them or one channel, and what they have changed lately."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot.storage.guild_settings import WHOLE_SERVER, Change, GuildSettings
from tests.fixtures_database import clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import sqlalchemy as sa

    from bot.storage import Database
    from tests.fixtures_database import Clock

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

T = TypeVar("T")

GUILD, OTHER = 81_384_788_765_712_384, 2
CHANNEL, ANNA, BEN = 11, 4, 5


class AnswerLost:
    """A database whose answer to each COMMIT is lost once: what was committed is run again.

    Args:
        database: does the work.
        meanwhile: done before it is run again.
    """

    def __init__(self, database: Database, meanwhile: Callable[[], Awaitable[object]] | None = None) -> None:
        self._database = database
        self._meanwhile = meanwhile

    async def run(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run it twice; what it says the first time is lost."""
        await self._database.run(work, autocommit=autocommit)
        if self._meanwhile is not None:
            await self._meanwhile()
        return await self._database.run(work, autocommit=autocommit)

    async def once(self, work: Callable[[sa.Connection], T], *, autocommit: bool = False) -> T:
        """Run it once."""
        return await self._database.once(work, autocommit=autocommit)

    async def close(self) -> None:
        """Leave that to whoever opened it."""

    async def empty_log(self) -> None:
        """Nothing is deleted here."""


@pytest.fixture
def store(database: Database, clock: Clock) -> GuildSettings:
    """Nothing set yet."""
    return GuildSettings(database, clock=clock)


async def test_what_is_set_is_set_there_alone(store: GuildSettings) -> None:
    """Servers, channels and settings do not mix."""
    await store.change(GUILD, WHOLE_SERVER, "prompt", "server", ANNA)
    await store.change(GUILD, CHANNEL, "prompt", "channel", ANNA)
    await store.change(GUILD, CHANNEL, "language", "de", ANNA)
    await store.change(OTHER, WHOLE_SERVER, "prompt", "other", ANNA)
    assert await store.of(GUILD) == {
        WHOLE_SERVER: {"prompt": "server"},
        CHANNEL: {"prompt": "channel", "language": "de"},
    }
    assert await store.of(OTHER) == {WHOLE_SERVER: {"prompt": "other"}}
    assert await store.of(3) == {}


async def test_a_change_tells_what_was_before(store: GuildSettings, clock: Clock) -> None:
    """Set, set again, set back; whatever the text is."""
    first = await store.change(GUILD, CHANNEL, "prompt", "é\U0001f600'; --", ANNA)
    assert (first.before, first.after, first.changed_by, first.changed_at) == (
        None,
        "é\U0001f600'; --",
        ANNA,
        clock.now,
    )
    second = await store.change(GUILD, CHANNEL, "prompt", "x", BEN)
    assert (second.before, second.after) == ("é\U0001f600'; --", "x")
    third = await store.change(GUILD, CHANNEL, "prompt", None, BEN)
    assert (third.before, third.after) == ("x", None)
    assert await store.of(GUILD) == {}
    assert await store.changes(GUILD) == [third, second, first]
    assert await store.changes(OTHER) == []


async def test_what_changes_nothing_is_not_kept(store: GuildSettings, clock: Clock) -> None:
    """Set to what it was, or set back where nothing was set."""
    await store.change(GUILD, CHANNEL, "prompt", "x", ANNA)
    clock.now += 1
    same = await store.change(GUILD, CHANNEL, "prompt", "x", ANNA)
    assert same.before == same.after == "x"
    nothing = await store.change(GUILD, WHOLE_SERVER, "prompt", None, ANNA)
    assert nothing.before is nothing.after is None
    assert len(await store.changes(GUILD)) == 1


async def test_changes_are_taken_back_one_by_one(store: GuildSettings) -> None:
    """The last first, until none is known."""
    await store.change(OTHER, WHOLE_SERVER, "prompt", "other", ANNA)
    await store.change(GUILD, WHOLE_SERVER, "prompt", "one", ANNA)
    await store.change(GUILD, WHOLE_SERVER, "prompt", "two", ANNA)
    await store.change(GUILD, CHANNEL, "flags", "off", ANNA)
    undone = [await store.undo(GUILD) for _ in range(4)]
    assert [(each.name, each.before, each.after) for each in undone if each] == [
        ("flags", None, "off"),
        ("prompt", "one", "two"),
        ("prompt", None, "one"),
    ]
    assert undone[-1] is None
    assert await store.of(GUILD) == {}
    assert await store.of(OTHER) == {WHOLE_SERVER: {"prompt": "other"}}


async def test_a_change_whose_answer_is_lost_is_one_change(database: Database, clock: Clock) -> None:
    """What is repeated, as nobody knows whether it was committed, is done once, and told as it was done."""
    store = GuildSettings(AnswerLost(database), clock=clock)
    told: list[Change] = []
    for value in ("one", "two", "two", None):
        clock.now += 1
        told.append(await store.change(GUILD, CHANNEL, "prompt", value, ANNA))
    assert [(change.before, change.after) for change in told] == [
        (None, "one"),
        ("one", "two"),
        ("two", "two"),
        ("two", None),
    ]
    undone = await store.undo(GUILD)
    assert undone is not None
    assert (undone.before, undone.after) == ("two", None)
    assert await store.of(GUILD) == {CHANNEL: {"prompt": "two"}}
    assert [(change.before, change.after) for change in await store.changes(GUILD)] == [
        ("one", "two"),
        (None, "one"),
    ]


async def test_a_change_whose_answer_is_lost_is_not_done_again_over_that_of_another(
    database: Database, store: GuildSettings, clock: Clock
) -> None:
    """Who changes the same thing meanwhile has done so later, and is told nothing of what would come after."""

    async def another() -> None:
        clock.now += 1
        await store.change(GUILD, CHANNEL, "prompt", "two", BEN)

    forgetful = GuildSettings(AnswerLost(database, another), clock=clock)
    told = await forgetful.change(GUILD, CHANNEL, "prompt", "one", ANNA)
    assert (told.before, told.after) == (None, "one")
    assert await store.of(GUILD) == {CHANNEL: {"prompt": "two"}}
    assert [(change.before, change.after) for change in await store.changes(GUILD)] == [
        ("one", "two"),
        (None, "one"),
    ]


async def test_what_is_taken_back_and_whose_answer_is_lost_takes_nothing_of_others_back(
    database: Database, store: GuildSettings, clock: Clock
) -> None:
    """What another sets meanwhile may have the same number as what was taken back."""

    async def another() -> None:
        if not await store.changes(GUILD):
            clock.now += 1
            await store.change(GUILD, CHANNEL, "prompt", "two", BEN)

    await store.change(GUILD, CHANNEL, "prompt", "one", ANNA)
    undone = await GuildSettings(AnswerLost(database, another), clock=clock).undo(GUILD)
    assert undone is not None
    assert undone.after == "one"
    assert await store.of(GUILD) == {CHANNEL: {"prompt": "two"}}


async def test_what_is_taken_back_at_once_is_taken_back_in_order(store: GuildSettings) -> None:
    """However many press the button, none undoes what another has just set, and nothing is left half undone."""
    for number in range(6):
        await store.change(GUILD, CHANNEL, "prompt", str(number), ANNA)
    undone, _ = await asyncio.gather(
        asyncio.gather(*(store.undo(GUILD) for _ in range(4))),
        store.change(GUILD, CHANNEL, "language", "de", BEN),
    )
    assert all(undone)
    left = [change for change in await store.changes(GUILD) if change.name == "prompt"]
    assert (await store.of(GUILD))[CHANNEL]["prompt"] == left[0].after


async def test_the_last_twenty_are_kept(store: GuildSettings) -> None:
    """Of each server."""
    await store.change(OTHER, WHOLE_SERVER, "prompt", "other", ANNA)
    for number in range(25):
        await store.change(GUILD, WHOLE_SERVER, "prompt", str(number), ANNA)
    assert [change.after for change in await store.changes(GUILD)] == [str(24 - n) for n in range(20)]
    assert len(await store.changes(OTHER)) == 1


async def test_people_who_change_the_same_thing_at_once(store: GuildSettings) -> None:
    """Each takes the place of another: what they replaced tells in which order."""
    await asyncio.gather(
        *(store.change(GUILD, CHANNEL, "prompt", str(number), number) for number in range(12))
    )
    changes = await store.changes(GUILD)
    assert len(changes) == 12
    assert [change.before for change in changes] == [*(change.after for change in changes[1:]), None]
    assert (await store.of(GUILD))[CHANNEL]["prompt"] == changes[0].after
