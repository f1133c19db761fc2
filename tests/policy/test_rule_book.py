"""The rule book: what is in force where, from what servers and the operator have set."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot import rules
from bot.facts import Source
from bot.policy.rule_book import RuleBook, operator_levels
from bot.rules import Rules
from bot.settings import Settings
from bot.storage.guild_settings import WHOLE_SERVER, GuildSettings
from tests.fixtures import settings_of
from tests.fixtures_database import clock, database, database_url
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database
    from tests.fixtures_database import Clock

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

GUILD, OTHER, CHANNEL, THREAD, ANNA = 3, 33, 2, 22, 4


def book(database: Database, clock: Clock, **wanted: object) -> RuleBook:
    """As one process opens it."""
    return RuleBook(guild_settings=GuildSettings(database), settings=settings_of(**wanted), clock=clock)


async def test_a_setting_is_inherited_over_four_levels(database: Database, clock: Clock) -> None:
    """From the operator to the server, its channel, and the thread in it; and set back in any order."""
    found = book(database, clock, prompt="Operator.")
    place = (THREAD, CHANNEL)

    async def asked(guild_id: int | None = GUILD, channels: tuple[int, ...] = place) -> str:
        return (await found.at(guild_id, channels)).of(rules.PROMPT)

    assert await asked() == "Operator."
    for channel, value in ((WHOLE_SERVER, "Server."), (CHANNEL, "Channel."), (THREAD, "Thread.")):
        await found.change(GUILD, channel, rules.PROMPT, value, ANNA)
        assert await asked() == value
    assert await asked(channels=(CHANNEL,)) == "Channel."
    assert await asked(channels=(77, 78)) == "Server."
    assert await asked(channels=()) == "Server."
    assert await asked(OTHER) == "Operator."
    assert await asked(None) == "Operator."
    await found.change(GUILD, CHANNEL, rules.PROMPT, None, ANNA)
    assert await asked() == "Thread."
    assert await asked(channels=(CHANNEL,)) == "Server."
    for expected in ("Thread.", "Channel.", "Server.", "Operator."):
        assert await found.undo(GUILD)
        assert await asked() == expected
    assert await found.undo(GUILD) is None


async def test_it_is_told_who_set_it(database: Database, clock: Clock) -> None:
    """By the level."""
    found = book(database, clock)
    await found.change(GUILD, THREAD, rules.FLAGS, "off", ANNA)
    await found.change(GUILD, CHANNEL, rules.BUTTONS, "off", ANNA)
    await found.change(GUILD, WHOLE_SERVER, rules.LISTENING, "off", ANNA)
    in_force = await found.at(GUILD, (THREAD, CHANNEL))
    assert [
        in_force.source(each) for each in (rules.FLAGS, rules.BUTTONS, rules.LISTENING, rules.FOOTER)
    ] == [
        Source.THREAD,
        Source.CHANNEL,
        Source.SERVER,
        Source.DEFAULT,
    ]
    assert await found.set_at(GUILD, CHANNEL) == {"buttons": "off"}


async def test_another_process_knows_within_seconds(database: Database, clock: Clock) -> None:
    """What one has changed, it knows at once itself."""
    ours, theirs = book(database, clock), book(database, clock)
    assert (await theirs.at(GUILD, ())).of(rules.LISTENING)
    await ours.change(GUILD, WHOLE_SERVER, rules.LISTENING, "off", ANNA)
    assert not (await ours.at(GUILD, ())).of(rules.LISTENING)
    clock.now += 2.5
    assert not (await theirs.at(GUILD, ())).of(rules.LISTENING)


@pytest.mark.parametrize(
    ("variable", "value", "setting", "stored"),
    [
        ("prompt", "Sing.", rules.PROMPT, "Sing."),
        ("questions", "off", rules.QUESTIONS, "off"),
        ("max_minutes", 5.0, rules.LONGEST_NOTE, "5"),
        ("openroute_model", "a/b", rules.MODEL, "a/b"),
        ("server_settings", {"footer": "model"}, rules.FOOTER, "model"),
    ],
)
def test_what_the_operator_has_set(
    variable: str, value: object, setting: rules.Setting[object], stored: str
) -> None:
    """Each variable is the setting's last but one level; without it, its default is the last."""
    settings = Settings.model_construct({variable}, **{**settings_of().model_dump(), variable: value})
    told, default = operator_levels(settings)
    assert told.values == {setting.name: stored}
    assert told.source is Source.OPERATOR
    assert default.source is Source.DEFAULT


def test_every_variable_of_a_setting_is_one() -> None:
    """Otherwise nobody could set it."""
    for setting in rules.SETTINGS:
        assert setting.variable is None or setting.variable in Settings.model_fields


async def test_what_was_read_before_a_change_is_not_remembered(database: Database, clock: Clock) -> None:
    """A note may read the settings in the moment in which they are changed: what follows knows of the change."""
    reading, going_on = asyncio.Event(), asyncio.Event()

    class Slow(GuildSettings):
        async def of(self, guild_id: int) -> dict[int, dict[str, str]]:
            found = await super().of(guild_id)
            reading.set()
            await going_on.wait()
            return found

    found = RuleBook(guild_settings=Slow(database), settings=settings_of(), clock=clock)
    early = asyncio.create_task(found.at(GUILD, ()))
    await reading.wait()
    await found.change(GUILD, WHOLE_SERVER, rules.LISTENING, "off", ANNA)
    going_on.set()
    await early
    assert not (await found.at(GUILD, ())).of(rules.LISTENING)


@pytest.mark.parametrize("most", [0.05, 200_000.0])
def test_the_operators_limit_counts_however_small_or_large(most: float) -> None:
    """What a server may type has limits of its own; a limit that is out of them must not become none."""
    in_force = Rules(operator_levels(settings_of(max_minutes=most)))
    assert in_force.of(rules.LONGEST_NOTE) == in_force.most(rules.LONGEST_NOTE) == most
