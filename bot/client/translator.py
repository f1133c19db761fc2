"""The names and descriptions of commands in the languages of the bot, as Discord takes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import structlog
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

log = structlog.get_logger("earshot.translator")

_SLASH_NAME = re.compile(r"[-_'\w]{1,32}")
_MENU_NAME_LIMIT = 32
_LIMIT = 100
"""Of descriptions and of choices."""
_SLASH_NAMES = {Location.command_name, Location.group_name, Location.parameter_name}


class CatalogueTranslator(app_commands.Translator):
    """Looks names and descriptions up in the catalogues, while the commands are registered.

    Discord refuses all commands for one bad name: a translation it would not take is left out, and people see the English
    one.

    Args:
        words_for: gives the language for one of Discord's locales.
    """

    def __init__(self, words_for: Callable[[str], reply.Words] = reply.words_for) -> None:
        self._words_for = words_for
        self._languages: dict[str, reply.Words | None] = {}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The translation; None where there is none. Called by discord.py for each text and each locale of Discord's."""
        try:
            words = self._language_of(locale.value)
            return None if words is None else _translated(string.message, words, context)
        except Exception as error:  # noqa: BLE001 - whatever it is, it would keep every command from being registered
            log.warning(
                "not translated", text=string.message, locale=locale.value, error=type(error).__name__
            )
            return None

    def _language_of(self, locale: str) -> reply.Words | None:
        """What is spoken there, if that is a language of the bot. It is asked thousands of times."""
        if locale not in self._languages:
            words = self._words_for(locale)
            self._languages[locale] = words if _language(words.locale) == _language(locale) else None
        return self._languages[locale]


def _language(locale: str) -> str:
    return locale.partition("-")[0]


def _translated(text: str, words: reply.Words, context: app_commands.TranslationContextTypes) -> str | None:
    found = words(text)
    if not _taken(found, context):
        log.warning("a translation Discord would refuse", text=text, locale=words.locale)
        return None
    others = set(_names_beside(context)) - {text}
    # One that is not translated, or not well, is shown in English.
    if found in others or found in {words(other) for other in others}:
        log.warning("a translation that is another's name", text=text, locale=words.locale)
        return None
    return found


def _taken(text: str, context: app_commands.TranslationContextTypes) -> bool:
    """Whether Discord takes the text there."""
    if isinstance(context.data, app_commands.ContextMenu):
        return 1 <= len(text) <= _MENU_NAME_LIMIT
    if context.location in _SLASH_NAMES:
        return _SLASH_NAME.fullmatch(text) is not None and text == text.lower()
    return 1 <= len(text) <= _LIMIT


def _names_beside(context: app_commands.TranslationContextTypes) -> list[str]:
    """The English names among which a name has to be the only one of its kind: a command's options or subcommands."""
    data = context.data
    if context.location is Location.parameter_name and isinstance(data, app_commands.Parameter):
        return [parameter.display_name for parameter in data.command.parameters]
    if context.location in _SLASH_NAMES and isinstance(data, app_commands.Command | app_commands.Group):
        return [command.name for command in data.parent.commands] if data.parent else []
    return []
