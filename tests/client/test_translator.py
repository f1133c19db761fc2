"""The names of commands in the languages of the bot: as Discord takes them, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import discord
import pytest
from discord import app_commands
from discord.app_commands import TranslationContext, TranslationContextLocation, locale_str

from bot.client.translator import CatalogueTranslator
from bot.reply import Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


async def slash(interaction: discord.Interaction, one: str, two: str) -> None:
    """A command with two options."""


async def menu(interaction: discord.Interaction, message: discord.Message) -> None:
    """A menu."""


AnyCommand = app_commands.Command[Any, ..., None]
SLASH: AnyCommand = app_commands.Command(
    name="transcribe",
    description="Hear an audio file and answer here.",
    callback=app_commands.rename(one="file", two="prompt")(cast("Any", slash)),
)
MENU = app_commands.ContextMenu(name="Transcribe", callback=menu)
GROUP = app_commands.Group(name="prompt", description="What is asked of every voice note here")
for name in ("show", "set", "reset"):
    GROUP.command(name=name, description="x")(cast("Any", slash))
OWN = CatalogueTranslator()


async def translated(
    text: str, locale: discord.Locale, where: str, data: object, translator: CatalogueTranslator = OWN
) -> str | None:
    """What is told to Discord for a text of a command."""
    context = cast("Any", TranslationContext)(TranslationContextLocation[where], data)
    return await translator.translate(locale_str(text), locale, context)


@pytest.mark.parametrize(
    ("locale", "name"),
    [
        (discord.Locale.german, "transkribieren"),
        (discord.Locale.spain_spanish, "transcribir"),
        (discord.Locale.latin_american_spanish, "transcribir"),
        (discord.Locale.japanese, "文字起こし"),
        (discord.Locale.chinese, "转写"),
        (discord.Locale.american_english, "transcribe"),
        (discord.Locale.british_english, "transcribe"),
        (discord.Locale.italian, None),
        (discord.Locale.korean, None),
    ],
)
async def test_a_name_in_every_locale_of_a_language(locale: discord.Locale, name: str | None) -> None:
    """English too, since Discord would take a neighbour's; None where the language is not spoken."""
    assert await translated("transcribe", locale, "command_name", SLASH) == name


async def test_a_menu_has_a_name_with_capitals() -> None:
    """Unlike the command of the same name."""
    assert await translated("Transcribe", discord.Locale.german, "command_name", MENU) == "Transkribieren"


async def test_what_has_no_translation_stays_english() -> None:
    """And is said so, rather than left to Discord."""
    assert await translated("nobody said this", discord.Locale.german, "command_description", SLASH) == (
        "nobody said this"
    )


def translator_of(folder: Path, messages: Mapping[str, str]) -> CatalogueTranslator:
    """One whose German is this, instead of the bot's own: what somebody may write into a catalogue."""
    path = folder / "de" / "LC_MESSAGES" / "earshot.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = (
        f"msgid {json.dumps(english)}\nmsgstr {json.dumps(german, ensure_ascii=False)}\n"
        for english, german in messages.items()
    )
    path.write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + "\n".join(entries))
    return CatalogueTranslator(lambda _: Words("de", folder))


@pytest.mark.parametrize(
    ("where", "data", "bad", "good"),
    [
        ("command_name", SLASH, "Transkribieren", "transkribieren"),
        ("command_name", SLASH, "zwei wörter", "zwei-wörter"),
        ("parameter_name", SLASH.parameters[1], "x y", "ß"),
        ("command_name", SLASH, "x" * 33, "x" * 32),
        ("command_name", SLASH, "wo\u0308rter", "w\u00f6rter"),
        ("command_name", MENU, "x" * 33, "Zwei Wörter"),
        ("group_name", GROUP, "Prompt", "prompt_1"),
        ("parameter_name", SLASH.parameters[0], "die datei", "die-datei"),
        ("command_description", SLASH, "x" * 101, "X" * 100),
        ("parameter_description", SLASH.parameters[0], "x" * 101, "Zwei Wörter"),
        ("group_description", GROUP, "x" * 101, "x" * 100),
    ],
)
async def test_what_discord_would_refuse_is_left_out(
    tmp_path: Path, where: str, data: object, bad: str, good: str
) -> None:
    """One such name would keep every command from being registered."""
    for text, told in ((bad, None), (good, good)):
        translator = translator_of(tmp_path, {"text": text})
        assert await translated("text", discord.Locale.german, where, data, translator) == told


@pytest.mark.parametrize("messages", [{"file": "x", "prompt": "x"}, {"file": "prompt"}])
async def test_two_options_never_have_one_name(tmp_path: Path, messages: Mapping[str, str]) -> None:
    """Neither translated alike, nor one as the other is in English."""
    translator = translator_of(tmp_path, messages)
    names = [
        await translated(each.display_name, discord.Locale.german, "parameter_name", each, translator)
        or each.display_name
        for each in SLASH.parameters
    ]
    assert len(set(names)) == 2


async def test_two_subcommands_never_have_one_name(tmp_path: Path) -> None:
    """Likewise."""
    translator = translator_of(tmp_path, {"show": "x", "set": "x", "reset": "set"})
    names = [
        await translated(each.name, discord.Locale.german, "command_name", each, translator) or each.name
        for each in GROUP.commands
    ]
    assert len(set(names)) == 3


async def test_a_catalogue_that_is_not_there_keeps_no_command_away(tmp_path: Path) -> None:
    """An exception would end their registration."""
    translator = CatalogueTranslator(lambda _: Words("de", tmp_path))
    assert await translated("transcribe", discord.Locale.german, "command_name", SLASH, translator) is None
