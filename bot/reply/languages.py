"""Languages that answers can be in: found by what people type or by a flag, and named for the model and for people. Pure.

A language is known by a tag: `de`, `pt-BR`, `zh-CN`.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from string import ascii_uppercase
from typing import cast

from babel import Locale
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
_ALSO_CALLED = {"mandarin": "zh-CN", "farsi": "fa", "tagalog": "fil", "brazilian": "pt-BR"}
"""Other names that people use."""
_NO_LANGUAGES = {"mul", "root", "und", "zxx", "zh"}
"""Codes that mean several languages, an unknown one, or none; and Chinese, which is one of two that are offered."""
_OTHER = re.compile(r"[a-z]{2,3}")
_A = 0x1F1E6
"""The first of the letters of which flags are made."""
_LETTERS = len(ascii_uppercase)
_SUBDIVISIONS = {"gbeng": "en", "gbsct": "en", "gbwls": "cy"}
"""Flags of parts of a country, which are written in another way."""
_SUBDIVISION = re.compile("\U0001f3f4([\U000e0061-\U000e007a]+)\U000e007f")


def normal(locale: str) -> str:
    """The tag of the language that one of Discord's locale tags stands for: `en` for `en-GB`, `es` for `es-419`.

    English for a tag that stands for none that we know: Discord has new ones now and then.
    """
    if locale in _SPECIAL:
        return locale
    tag = locale.partition("-")[0]
    return tag if known(tag) else OFFERED[0]


def known(tag: str) -> bool:
    """Whether a tag is one of ours. What comes back in a custom id or from a select is asked for only if it is."""
    return tag in OFFERED or tag in _others()


@functools.lru_cache(2048)
def name(tag: str, locale: str) -> str:
    """What a language is called in another; its English name if that has none for it, and its tag if nothing has."""
    if tag in OFFERED:
        return Locale.parse(_TO_BABEL.get(tag, tag)).get_display_name(locale.replace("-", "_")) or tag
    return _called_in(locale).get(tag) or _others().get(tag, tag)


def english_name(tag: str) -> str:
    """What a language is called in prompts."""
    return _SPECIAL.get(tag) or name(tag, "en")


def of_flag(emoji: str) -> str | None:
    """The language of the country a flag belongs to, the first if it has several; None for what is no country's flag."""
    if found := _SUBDIVISION.fullmatch(emoji):
        return _SUBDIVISIONS.get("".join(chr(ord(sign) - 0xE0000) for sign in found[1]))
    country = "".join(ascii_uppercase[ord(sign) - _A] for sign in emoji if 0 <= ord(sign) - _A < _LETTERS)
    if not len(country) == len(emoji) == len("DE"):
        return None
    for official in get_official_languages(country, de_facto=True):
        tag = {"pt": "pt-BR" if country == "BR" else "pt", "zh": "zh-CN", "zh_Hant": "zh-TW", "nb": "no"}.get(
            official, official.partition("_")[0]
        )
        if known(tag):
            return tag
    return None


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
    """The language that somebody means; None if it is unknown.

    Args:
        typed: its tag, or its name in their language or in English; of those that are offered, also in itself.
        locale: their language.
    """
    return _by_name(locale).get(_plain(typed))


@functools.lru_cache(4096)
def _names(tag: str, locale: str) -> tuple[str, ...]:
    own = _TO_BABEL.get(tag, tag)
    called = [tag, own, english_name(tag), *(name(tag, there) for there in (locale, "en", own))]
    if tag == "zh-CN":
        # Whoever says Chinese and no more means this.
        called += [
            "zh",
            *(
                Locale("zh").get_display_name(there.replace("-", "_")) or tag
                for there in (locale, "en", "zh")
            ),
        ]
    return tuple(dict.fromkeys(map(_plain, called)))


@functools.cache
def _by_name(locale: str) -> dict[str, str]:
    """The tags of all languages by what they are called. Of two of one name, the first is the more wanted."""
    found: dict[str, str] = {}
    for tag in OFFERED:
        for called in _names(tag, locale):
            found.setdefault(called, tag)
    for called, tag in _ALSO_CALLED.items():
        found.setdefault(called, tag)
    theirs = _called_in(locale)
    for tag, called in _others().items():
        # Not what it is called in itself: reading some hundred languages takes a second, and nothing else could be done in it.
        for each in (tag, called, theirs.get(tag, called)):
            found.setdefault(_plain(each), tag)
    return found


def _plain(text: str) -> str:
    """Small letters without accents: as people type."""
    apart = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


@functools.cache
def _others() -> dict[str, str]:
    """Languages that have a name and are not offered: their English names by their tags."""
    return {
        tag: called
        for tag, called in _called_in("en").items()
        if _OTHER.fullmatch(tag) and tag not in OFFERED and tag not in _NO_LANGUAGES
    }


def _called_in(locale: str) -> dict[str, str]:
    """The names of all languages in one of them, by their codes."""
    return cast("dict[str, str]", Locale.parse(locale.replace("-", "_")).languages)
