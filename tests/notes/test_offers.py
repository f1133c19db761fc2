"""Which presets there are to choose from, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import presets
from bot.notes import Offers
from bot.presets import Draft
from bot.storage import GuildPresets
from tests.fixtures_database import database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]

DRAFT = Draft.typed("Recipe", "🥖", "Bake.")


async def test_a_servers_own_stand_beside_those_that_are_built_in(database: Database) -> None:
    """In that server, and nowhere else."""
    own = GuildPresets(database)
    recipe = await own.add(3, DRAFT)
    offers = Offers(presets.BUILT_IN, own)
    assert await offers.all(3) == (*presets.BUILT_IN, recipe)
    assert await offers.all(5) == await offers.all(None) == presets.BUILT_IN
    assert await offers.named(3, recipe.name) == recipe
    assert await offers.named(5, recipe.name) is None
    assert await offers.named(None, recipe.name) is None
    assert await offers.named(None, "summary") == presets.SUMMARY
    assert await offers.named(3, "klingon") is None


async def test_a_model_that_only_transcribes_follows_none(database: Database) -> None:
    """So none is offered, whoever has made it."""
    own = GuildPresets(database)
    recipe = await own.add(3, DRAFT)
    offers = Offers((), own)
    assert await offers.all(3) == ()
    assert await offers.named(3, recipe.name) is None
    assert await offers.named(3, "summary") is None
