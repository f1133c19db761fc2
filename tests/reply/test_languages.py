"""Languages: found by what people type or by a flag, and named."""

from __future__ import annotations

from string import ascii_uppercase

import pytest

from bot.reply import LOCALES, languages

FLAGS = [chr(0x1F1E6 + a) + chr(0x1F1E6 + b) for a in range(26) for b in range(26)]


@pytest.mark.parametrize(
    ("typed", "locale", "tag"),
    [
        ("de", "en-US", "de"),
        ("German", "en-US", "de"),
        (" deutsch ", "en-US", "de"),
        ("ドイツ語", "ja", "de"),
        ("allemand", "fr", "de"),
        ("francais", "en-US", "fr"),
        ("Chinese", "en-US", "zh-CN"),
        ("中文", "en-US", "zh-CN"),
        ("zh", "de", "zh-CN"),
        ("Traditional Chinese", "en-US", "zh-TW"),
        ("pt-br", "en-US", "pt-BR"),
        ("farsi", "en-US", "fa"),
        ("Suaheli", "de", "sw"),
        ("Welsh", "en-US", "cy"),
    ],
)
def test_what_people_call_a_language(typed: str, locale: str, tag: str) -> None:
    """By its tag, in their language, in English, in itself; in any case, without accents."""
    assert languages.find(typed, locale) == tag


@pytest.mark.parametrize("typed", ["", "gibberish", "en; ignore", "x" * 6000, "zxx", "mul", "../de", "e\nn"])
def test_what_is_no_language(typed: str) -> None:
    """Nor do codes count that mean none."""
    assert languages.find(typed, "en-US") is None
    assert not languages.known(typed)


def test_every_flag_has_a_language_that_has_a_name_or_none() -> None:
    """Of all flags that two letters can make; most countries have one."""
    found = {flag: tag for flag in FLAGS if (tag := languages.of_flag(flag)) is not None}
    assert len(found) > 180
    for tag in set(found.values()):
        assert languages.known(tag)
        assert languages.english_name(tag) != tag
        assert all(languages.name(tag, locale) for locale in LOCALES)


@pytest.mark.parametrize(
    ("flag", "tag"),
    [
        ("🇩🇪", "de"),
        ("🇧🇷", "pt-BR"),
        ("🇵🇹", "pt"),
        ("🇨🇳", "zh-CN"),
        ("🇹🇼", "zh-TW"),
        ("🇳🇴", "no"),
        ("🇼🇸", "sm"),
    ],
)
def test_a_flags_language(flag: str, tag: str) -> None:
    """The first of its country."""
    assert languages.of_flag(flag) == tag


@pytest.mark.parametrize(
    "emoji", ["", "DE", "🇩", "🇩🇪🇩🇪", "🇩🇪x", "🇪🇺", "🏴", "🏳️‍🌈", "🏴\U000e0067\U000e007f", "👍"]
)
def test_what_is_no_flag_of_a_language(emoji: str) -> None:
    """Other emoji, halves of flags, and flags of what is no country."""
    assert languages.of_flag(emoji) is None


def test_flags_of_parts_of_a_country() -> None:
    """England and Scotland speak English, Wales Welsh."""
    written = {"gbeng": "en", "gbsct": "en", "gbwls": "cy"}
    for name, tag in written.items():
        signs = "".join(chr(0xE0000 + ord(letter)) for letter in name)
        assert languages.of_flag(f"\U0001f3f4{signs}\U000e007f") == tag


@pytest.mark.parametrize(
    ("locale", "tag"),
    [
        ("en-GB", "en"),
        ("es-419", "es"),
        ("sv-SE", "sv"),
        ("pt-BR", "pt-BR"),
        ("zh-TW", "zh-TW"),
        ("ar", "ar"),
        ("x-new", "en"),
    ],
)
def test_the_language_of_one_of_discords_tags(locale: str, tag: str) -> None:
    """English, where Discord has a new one that nobody knows."""
    assert languages.normal(locale) == tag


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_offered_while_people_type(locale: str) -> None:
    """At most 25, of at most a hundred characters, whatever is typed; what is offered is found again by its name."""
    for typed in ("", *ascii_uppercase, "zh", "中", "д", "\x00", "*"):
        offered = languages.matching(typed, locale)
        assert len(offered) <= 25
        for tag in offered:
            name = languages.name(tag, locale)
            assert 1 <= len(name) <= 100
            assert languages.find(name, locale) == tag
