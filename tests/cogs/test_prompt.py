"""/prompt: for whom it is, and what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules import PROMPT
from bot.storage import WHOLE_SERVER
from sandbox.discord import CannotUseError, Permission

if TYPE_CHECKING:
    from sandbox.discord import User
    from tests.cogs.setting import Setting


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """The one that is tried."""
    return ("cogs.prompt",)


@pytest.fixture
def manager(setting: Setting) -> User:
    """Somebody who manages the server."""
    user = setting.discord.add_user("manager")
    setting.discord.add_member(setting.guild, user, Permission.MANAGE_GUILD)
    return user


async def test_what_discord_is_told(setting: Setting) -> None:
    """A group for members who manage a server, and in servers alone."""
    [group] = [command.to_dict(setting.bot.tree) for command in setting.bot.tree.get_commands()]
    assert group["name"] == "prompt"
    assert int(group["default_member_permissions"]) == 1 << 5
    assert group["contexts"] == [0]
    assert [option["name"] for option in group["options"]] == ["show", "set", "reset"]
    [_, setting_it, _] = group["options"]
    assert setting_it["options"][0]["max_length"] == 4000


async def test_setting_and_resetting(setting: Setting, manager: User) -> None:
    """What is set is stored, and told to the one who set it."""
    discord, rule_book = setting.discord, setting.services.rule_book
    said = await discord.slash(manager, setting.channel, "prompt set", text=" Sum it up. ").answered(20)
    assert said.ephemeral
    assert "> Sum it up." in said.content
    assert said.content.endswith("is changed: 📝 Transcript → “Sum it up.”")
    assert await rule_book.set_at(setting.guild.id, WHOLE_SERVER) == {PROMPT.name: "Sum it up."}
    shown = await discord.slash(manager, setting.channel, "prompt show").answered(20)
    assert shown.content == "The prompt of this server is in force here:\n> Sum it up."
    said = await discord.slash(manager, setting.channel, "prompt reset").answered(20)
    assert said.content.endswith("is changed: “Sum it up.” → 📝 Transcript")
    assert await rule_book.set_at(setting.guild.id, WHOLE_SERVER) == {}


async def test_a_blank_prompt_changes_nothing(setting: Setting, manager: User) -> None:
    """White space is no prompt."""
    said = await setting.discord.slash(manager, setting.channel, "prompt set", text="   ").answered(20)
    assert said.content == "A prompt needs some words; nothing was changed."
    assert await setting.services.rule_book.set_at(setting.guild.id, WHOLE_SERVER) == {}


async def test_not_for_everybody(setting: Setting) -> None:
    """Who does not manage the server is not even offered it."""
    with pytest.raises(CannotUseError):
        setting.discord.slash(setting.anna, setting.channel, "prompt show")
