"""Languages that answers can be in: found by what people type or by a flag, and named for the model and for people. Pure.

A language is known by a tag: `de`, `pt-BR`, `zh-CN`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from string import ascii_uppercase

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

OFFERED = (
    "en", "zh-CN", "es", "pt-BR", "de", "fr", "ja", "ru", "it", "ko", "ar", "hi", "id", "tr", "uk", "pl", "nl", "vi",
    "zh-TW", "cs", "sv", "da", "fi", "no", "el", "hu", "ro", "bg", "hr", "lt", "th", "he", "fa", "bn", "ur", "ta", "ca",
)  # fmt: skip
"""Those that people are offered while they type, the most wanted first. Any other that has a name is taken, too."""
MOST_CHOICES = 25
"""As many as Discord shows."""
_SPECIAL = {
    "pt-BR": "Brazilian Portuguese",
    "zh-CN": "Simplified Chinese",
    "zh-TW": "Traditional Chinese",
    "no": "Norwegian",
}
_TO_BABEL = {"zh-CN": "zh_Hans", "zh-TW": "zh_Hant", "pt-BR": "pt_BR"}
_A = 0x1F1E6
"""The first of the letters of which flags are made."""
_LETTERS = len(ascii_uppercase)
_SUBDIVISIONS = {"gbeng": "en", "gbsct": "en", "gbwls": "cy"}
"""Flags of parts of a country, which are written in another way."""
_SUBDIVISION = re.compile("\U0001f3f4([\U000e0061-\U000e007a]+)\U000e007f")


def normal(locale: str) -> str:
    """The tag of the language that one of Discord's locale tags stands for: `en` for `en-GB`, `es` for `es-419`."""
    if locale in _SPECIAL:
        return locale
    return locale.partition("-")[0]


@functools.lru_cache(2048)
def name(tag: str, locale: str) -> str:
    """What a language is called in another; its tag if that has no name for it."""
    found = Locale.parse(_TO_BABEL.get(tag, tag)).get_display_name(locale.replace("-", "_"))
    return found or tag


def english_name(tag: str) -> str:
    """What a language is called in prompts."""
    return _SPECIAL.get(tag) or name(tag, "en")


def of_flag(emoji: str) -> str | None:
    """The language of the country a flag belongs to, the first if it has several; None for what is no country's flag."""
    if found := _SUBDIVISION.match(emoji):
        return _SUBDIVISIONS.get("".join(chr(ord(sign) - 0xE0000) for sign in found[1]))
    country = "".join(ascii_uppercase[ord(sign) - _A] for sign in emoji if 0 <= ord(sign) - _A < _LETTERS)
    if not len(country) == len(emoji) == len("DE"):
        return None
    official = get_official_languages(country, de_facto=True)
    if not official:
        return None
    return {"pt": "pt-BR" if country == "BR" else "pt", "zh": "zh-CN", "zh_Hant": "zh-TW"}.get(
        official[0], official[0]
    )


def matching(typed: str, locale: str) -> list[str]:
    """The tags of languages to offer to somebody who has typed so much of a name, in their language or in its own.

    Args:
        typed: what they have typed.
        locale: their language.
    """
    wanted = _plain(typed)
    found = [
        tag
        for tag in OFFERED
        if any(called.startswith(wanted) or f" {wanted}" in called for called in _names(tag, locale))
    ]
    return found[:MOST_CHOICES]


def find(typed: str, locale: str) -> str | None:
    """The language that somebody means: its tag, or its name in their language, in English or in itself; None if unknown."""
    wanted = _plain(typed)
    return next((tag for tag in (*OFFERED, *_others()) if wanted in _names(tag, locale)), None)


@functools.lru_cache(4096)
def _names(tag: str, locale: str) -> tuple[str, ...]:
    known = (tag, _TO_BABEL.get(tag, tag))
    if tag == "zh-CN":
        # Whoever says Chinese and no more means this.
        known = (*known, "zh")
    called = (
        tag,
        english_name(tag),
        *(name(each, there) for each in known for there in (locale, "en", known[1])),
    )
    return tuple(dict.fromkeys(map(_plain, called)))


def _plain(text: str) -> str:
    """Small letters without accents: as people type."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


@functools.cache
def _others() -> tuple[str, ...]:
    """Languages that have a name and are not offered."""
    known = map(str, Locale("en").languages)
    return tuple(tag for tag in known if "_" not in tag and tag not in OFFERED and _is_known(tag))


def _is_known(tag: str) -> bool:
    try:
        Locale.parse(tag)
    except UnknownLocaleError:
        return False
    return True
