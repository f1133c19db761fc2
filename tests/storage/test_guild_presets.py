"""A server's own presets: so many, each with a name of its own, whoever changes them at the same time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot import errors
from bot.presets import Draft, own_number
from bot.storage import GuildPresets
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]

HERE, THERE = 3, 5


def draft(title: str = "Recipe", prompt: str = "Write it down as a recipe.", emoji: str = "🥖") -> Draft:
    """As somebody typed it."""
    return Draft.typed(title, emoji, prompt)


@pytest.fixture
def own(database: Database) -> GuildPresets:
    """No server has any."""
    return GuildPresets(database)


async def test_each_server_has_its_own(own: GuildPresets) -> None:
    """In the order in which they were made."""
    first = await own.add(HERE, draft())
    second = await own.add(HERE, draft("Menu"))
    elsewhere = await own.add(THERE, draft())
    assert await own.of(HERE) == (first, second)
    assert await own.of(THERE) == (elsewhere,)
    assert (first.title, first.emoji, first.prompt, first.revision) == (
        "Recipe", "🥖", "Write it down as a recipe.", 0,
    )  # fmt: skip
    assert len({first.name, second.name, elsewhere.name}) == 3


@pytest.mark.parametrize("same", ["Recipe", "RECIPE", "  recipe ", "\uff32ecipe"])
async def test_a_name_is_taken(own: GuildPresets, same: str) -> None:
    """However it is written; in another server it is not."""
    kept = await own.add(HERE, draft())
    other = await own.add(HERE, draft("Menu"))
    with pytest.raises(errors.PresetNameTaken):
        await own.add(HERE, draft(same, "Sing it."))
    with pytest.raises(errors.PresetNameTaken):
        await own.edit(HERE, own_number(other.name) or 0, draft(same))
    await own.add(THERE, draft(same))
    # Its own name is not.
    assert (await own.edit(HERE, own_number(kept.name) or 0, draft(same))).title


async def test_only_another_prompt_is_another_question(own: GuildPresets) -> None:
    """With another name or emoji, what was answered stays answered."""
    preset = await own.add(HERE, draft())
    number = own_number(preset.name) or 0
    renamed = await own.edit(HERE, number, draft("Bread", emoji=""))
    assert (renamed.key, renamed.title, renamed.emoji) == (preset.key, "Bread", None)
    changed = await own.edit(HERE, number, draft("Bread", "Sing it."))
    assert (changed.name, changed.prompt) == (preset.name, "Sing it.")
    assert changed.key != preset.key
    assert await own.of(HERE) == (changed,)


async def test_what_is_gone_can_not_be_changed(own: GuildPresets) -> None:
    """Nor what is another server's."""
    number = own_number((await own.add(HERE, draft())).name) or 0
    with pytest.raises(errors.PresetUnknown):
        await own.edit(THERE, number, draft())
    assert not await own.remove(THERE, number)
    assert await own.remove(HERE, number)
    assert not await own.remove(HERE, number)
    with pytest.raises(errors.PresetUnknown):
        await own.edit(HERE, number, draft())


async def test_two_people_add_the_last_one(own: GuildPresets) -> None:
    """One of them is told that there are enough."""
    for number in range(24):
        await own.add(HERE, draft(f"Recipe {number}"))
    came = await asyncio.gather(
        own.add(HERE, draft("Menu")), own.add(HERE, draft("Bill")), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in came) == ["Preset", "TooManyPresets"]
    assert len(await own.of(HERE)) == 25


async def test_two_people_take_the_same_name(own: GuildPresets) -> None:
    """One of them has it."""
    came = await asyncio.gather(
        *(own.add(HERE, draft(title)) for title in ("Menu", "MENU", "menu")), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in came) == ["Preset", "PresetNameTaken", "PresetNameTaken"]


async def test_the_same_form_comes_in_twice(own: GuildPresets) -> None:
    """Discord may send it to two processes, and the database may have lost its answer: it is one preset."""
    one, two = await asyncio.gather(own.add(HERE, draft()), own.add(HERE, draft()))
    assert one == two
    assert await own.of(HERE) == (one,)


async def test_no_preset_is_taken_for_one_that_was_removed(own: GuildPresets) -> None:
    """Buttons of that one still stand under answers."""
    number = own_number((await own.add(HERE, draft())).name)
    assert number is not None
    await own.remove(HERE, number)
    assert own_number((await own.add(HERE, draft("Menu"))).name) != number
