"""/transcribe and the menu Transcribe, as Discord is told of them and as they answer."""

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
    """One command and one menu, for servers, direct messages and people who installed the bot for themselves."""
    commands = {
        command.name: command.to_dict(setting.bot.tree) for command in setting.bot.tree.walk_commands()
    }
    menus = [command.to_dict(setting.bot.tree) for command in setting.bot.tree.get_commands()]
    slash = commands["transcribe"]
    [menu] = [told for told in menus if told["type"] == 3]
    assert menu["name"] == "Transcribe"
    for told in (slash, menu):
        assert told["integration_types"] == [0, 1]
        assert told["contexts"] == [0, 1, 2]
    options = [(option["name"], option["type"], option["required"]) for option in slash["options"]]
    assert options == [("file", 11, True), ("prompt", 3, False)]
    assert (slash["options"][1]["min_length"], slash["options"][1]["max_length"]) == (1, 4000)


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
