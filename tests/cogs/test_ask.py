"""/transcribe, /ask and the menus, as Discord is told of them and as they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.discord import Upload
from sandbox.sample import NOTE

if TYPE_CHECKING:
    from tests.cogs.setting import Setting

MEMO = Upload("memo.ogg", NOTE.read_bytes(), "audio/ogg")


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried."""
    return ("cogs.ask",)


async def test_what_discord_is_told(setting: Setting) -> None:
    """Two commands and four menus, for servers, direct messages and people who installed the bot for themselves."""
    told = [command.to_dict(setting.bot.tree) for command in setting.bot.tree.get_commands()]
    slash = {command["name"]: command for command in told if command["type"] == 1}
    menus = [command["name"] for command in told if command["type"] == 3]
    assert sorted(slash) == ["ask", "transcribe"]
    assert menus == ["Transcribe", "Summarise", "Translate", "Ask about this…"]
    for command in told:
        assert command["integration_types"] == [0, 1]
        assert command["contexts"] == [0, 1, 2]
    options = {
        name: [(option["name"], option["type"], option["required"]) for option in command["options"]]
        for name, command in slash.items()
    }
    assert options == {
        "transcribe": [
            ("file", 11, True),
            ("preset", 3, False),
            ("prompt", 3, False),
            ("language", 3, False),
            ("private", 5, False),
        ],
        "ask": [("file", 11, True), ("question", 3, True), ("private", 5, False)],
    }
    preset, prompt, language = slash["transcribe"]["options"][1:4]
    assert (prompt["min_length"], prompt["max_length"]) == (1, 4000)
    assert preset["autocomplete"]
    assert language["autocomplete"]


async def test_the_command_answers_for_all(setting: Setting) -> None:
    """Deferred first, then the answer, in the channel."""
    setting.openroute.script("Heard.")
    asked = setting.discord.slash(setting.anna, setting.channel, "transcribe", file=MEMO)
    answer = await asked.answered(20)
    assert (answer.content, answer.ephemeral, asked.deferred) == ("Heard.", False, True)


async def test_the_menu_answers_one_person(setting: Setting) -> None:
    """And nobody else sees that it was used."""
    setting.openroute.script("Heard.")
    note = setting.discord.post(setting.channel, setting.anna, files=[MEMO])
    answer = await setting.discord.context_menu(setting.anna, note, "Transcribe").answered(20)
    assert (answer.content, answer.ephemeral) == ("Heard.", True)


async def test_unloading_leaves_nothing_behind(setting: Setting) -> None:
    """A menu is no part of its cog, and has to be removed by it."""
    await setting.bot.unload_extension("cogs.ask")
    assert setting.bot.tree.get_commands() == []
