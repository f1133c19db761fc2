"""The commands as they are registered, in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.__main__ import COGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cogs.setting import Setting

ALL = {"en-US", "en-GB", "zh-CN", "zh-TW", "de", "fr", "es-ES", "es-419", "pt-BR", "ja", "ru"}


@pytest.fixture
def cogs() -> tuple[str, ...]:
    """All that have commands."""
    return COGS


def nodes(commands: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Commands, subcommands and options."""
    for command in commands:
        yield command
        yield from nodes(command.get("options") or [])


async def test_every_text_of_a_command_is_in_every_language(setting: Setting) -> None:
    """Names and descriptions; the stand-in has taken them all, so Discord does."""
    commands = setting.discord.world.commands[None]
    assert {command["name"] for command in commands} == {
        "transcribe",
        "ask",
        "prompt",
        "recap",
        "help",
        "status",
        "privacy",
        "presets",
        "settings",
        "usage",
        "Transcribe",
        "Summarise",
        "Translate",
        "Ask about this…",
    }
    for node in nodes(commands):
        assert node["name_localizations"].keys() == ALL, node["name"]
        assert node["name_localizations"]["en-US"] == node["name"]
        if node.get("description"):
            told = node["description_localizations"]
            assert told.keys() == ALL, node["name"]
            assert told["en-US"] == node["description"]
            for locale in ("de", "fr", "es-ES", "pt-BR", "ja", "ru", "zh-CN"):
                assert told[locale] != node["description"], (node["name"], locale)


async def test_no_two_commands_have_the_same_name_in_a_language(setting: Setting) -> None:
    """Somebody who types it should find one."""
    commands = setting.discord.world.commands[None]
    for locale in ALL:
        names = [(command["type"], command["name_localizations"][locale]) for command in commands]
        assert len(set(names)) == len(names), locale
