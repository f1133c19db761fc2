"""/help and /status, as Discord is told of them and as they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.client import About
from bot.notes import Offers

if TYPE_CHECKING:
    from tests.cogs.setting import Setting


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried."""
    return ("cogs.about",)


async def test_what_discord_is_told(setting: Setting) -> None:
    """For servers, direct messages and people who installed the bot for themselves; without options."""
    told = {command["name"]: command for command in setting.discord.world.commands[None]}
    assert set(told) == {"help", "status"}
    for command in told.values():
        assert (command["integration_types"], command["contexts"]) == ([0, 1], [0, 1, 2])
        assert "options" not in command


async def test_help_answers_one_person(setting: Setting) -> None:
    """Commands that Discord was not told of are named all the same."""
    answer = await setting.discord.slash(setting.anna, setting.channel, "help").answered(20)
    assert answer.ephemeral
    assert f"</status:{setting.bot.command_ids['status']}>" in answer.content
    assert "`/recap`" in answer.content


async def test_status_of_a_model_that_only_transcribes(setting: Setting) -> None:
    """Says why nothing else is offered."""
    bot = setting.bot
    bot.about = About(
        bot,
        bot.command_ids,
        settings=setting.services.settings,
        maker=bot.note_maker,
        rule_book=bot.rule_book,
        offers=Offers((), setting.services.guild_presets),
    )
    answer = await setting.discord.slash(setting.anna, setting.channel, "status").answered(20)
    assert answer.ephemeral
    assert "none, because the model here only transcribes" in answer.content
