"""The languages of Discord's clients, and which of several translations a person gets."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sandbox.discord.state import Json

# fmt: off
LOCALES = (
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR", "ro",
    "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko", "ar", "he",
)
# fmt: on
_RELATED = {"en-US": "en-GB", "en-GB": "en-US", "es-419": "es-ES"}


def localised(texts: Json, what: str, locale: str) -> str:
    """The `what` (`name` or `description`) of a command, option or choice as people with that language read it."""
    translated = cast("dict[str, str]", texts.get(f"{what}_localizations") or {})
    for each in (locale, _RELATED.get(locale)):
        if each and translated.get(each):
            return translated[each]
    return str(texts.get(what) or "")
