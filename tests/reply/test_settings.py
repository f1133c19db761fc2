"""A server's settings in words: what each value is called, and what is understood of what people type."""

from __future__ import annotations

from typing import Any

import pytest

from bot import errors, presets, reply, rules
from bot.facts import Source
from bot.reply import settings
from bot.reply.catalogue import ENGLISH, LOCALES
from bot.rules import SETTINGS, Level, Rules, Setting

IN_FORCE = Rules(
    (Level(Source.DEFAULT, {"model": "a/own", "longest-note": "180", "prompt": presets.TRANSCRIBE.prompt}),),
    ("a/own", "a/b"),
)
OFFERED = presets.BUILT_IN


def understood(setting: Setting[Any], typed: str, words: reply.Words = ENGLISH) -> str:
    """As it is stored."""
    return settings.understood(setting, typed, IN_FORCE, OFFERED, words)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (rules.LISTENING, True, "on"),
        (rules.ANSWERS, "reply", "in a reply below the note"),
        (rules.FOOTER, ("model", "cost"), "the model, the cost"),
        (rules.FOOTER, (), "nothing"),
        (rules.LONGEST_NOTE, 1.5, "1 min 30 sec"),
        (rules.LONGEST_NOTE, None, "no limit"),
        (rules.MONTH_COST, 12.5, "12.50 credits"),
        (rules.MONTH_COST, 0.00012, "0.00012 credits"),
        (rules.BARRED_CHANNELS, frozenset({5, 4}), "<#4>, <#5>"),
        (rules.BARRED_ROLES, frozenset(range(1, 9)), "<@&1>, <@&2>, <@&3>, <@&4>, <@&5> and 3 more"),
        (rules.ALLOWED_ROLES, frozenset[int](), "none"),
        (rules.LANGUAGE, "de", "German"),
        (rules.LANGUAGE, None, "that which is spoken"),
        (rules.PROMPT, "preset:summary", "✨ Summary"),
        (rules.PROMPT, "preset:own-zz", "a preset that is gone"),
        (rules.PROMPT, "Please transcribe this audio file.", "📝 Transcript"),
        (rules.PROMPT, "Say\n<@1>!", r"“Say \<\@1\>!”"),
        (rules.MODEL, "a`b", "`ab`"),
    ],
)
def test_what_a_value_is_called(setting: Setting[Any], value: object, said: str) -> None:
    """In one line, and nothing in it pings anybody or is a link of somebody's."""
    assert settings.said(setting, value, OFFERED, ENGLISH) == said


@pytest.mark.parametrize(
    ("locale", "typed", "stored"),
    [
        ("en-US", "1,000", "1000"),
        ("en-US", "1,000.5", "1000.5"),
        ("en-US", "2,5", "2.5"),
        ("de", "1.000", "1000"),
        ("de", "1.000,5", "1000.5"),
        ("de", "1,000", "1.000"),
        ("de", "2.5", "2.5"),
        ("es-ES", "1.000", "1000"),
        ("pt-BR", "1.000", "1000"),
        ("fr", "1 000,5", "1000.5"),
        ("fr", "1\u202f000", "1000"),
        ("fr", "2.5", "2.5"),
        ("ru", "1\u00a0000", "1000"),
        ("ja", "\uff11\uff0c\uff10\uff10\uff10", "1000"),
        ("zh-CN", "1,000", "1000"),
        ("en-US", " 1 000 000 ", "1000000"),
    ],
)
def test_numbers_as_they_are_written_in_a_language(locale: str, typed: str, stored: str) -> None:
    """What sets thousands apart in a language does not make a thousand a one; what is written elsewhere is understood, too."""
    assert float(understood(rules.PERSON_MINUTES, typed, reply.words_for(locale))) == float(stored)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("typed", ["2 5", "1 00", "12 3456", "nan", "inf", "5 %"])
def test_what_may_mean_another_number_is_none(locale: str, typed: str) -> None:
    """A limit ten times too high would be noticed on the bill."""
    with pytest.raises(errors.ValueUnusable):
        understood(rules.MONTH_COST, typed, reply.words_for(locale))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("number", [0.125, 1.125, 1.5, 999.999, 1000.0, 1234.5])
def test_a_number_that_a_form_shows_is_read_as_what_it_was(locale: str, number: float) -> None:
    """Somebody who sends a form back as it came changes nothing."""
    words = reply.words_for(locale)
    shown = words.number_to_type(number)
    assert float(understood(rules.MONTH_COST, shown, words)) == number


@pytest.mark.parametrize(
    ("setting", "typed", "stored"),
    [
        (rules.LISTENING, " No ", "off"),
        (rules.LISTENING, "ON", "on"),
        (rules.ANSWERS, "In a reply below the note", "reply"),
        (rules.ANSWERS, "button", "button"),
        (rules.FOOTER, "the cost, model", "model,cost"),
        (rules.FOOTER, "none", ""),
        (rules.LONGEST_NOTE, "1,5", "1.5"),
        (rules.LONGEST_NOTE, "180", "180"),
        (rules.BARRED_CHANNELS, "<#12> <#5>", "5,12"),
        (rules.BARRED_CHANNELS, "<#12><#5>,7", "5,7,12"),
        (rules.BARRED_CHANNELS, "none", ""),
        (rules.ALLOWED_ROLES, "<@&12>", "12"),
        (rules.LANGUAGE, "German", "de"),
        (rules.LANGUAGE, "pt-BR", "pt-BR"),
        (rules.LANGUAGE, "spoken", "spoken"),
        (rules.PROMPT, "Summary", "preset:summary"),
        (rules.PROMPT, "✨ Summary", "preset:summary"),
        (rules.PROMPT, "preset:transcribe", "preset:transcribe"),
        (rules.PROMPT, "Summarise it.", "Summarise it."),
        (rules.MODEL, "A/B", "a/b"),
    ],
)
def test_what_is_understood(setting: Setting[Any], typed: str, stored: str) -> None:
    """As it is stored, as it is called, and as people write it."""
    assert understood(setting, typed) == stored


@pytest.mark.parametrize(
    ("setting", "typed"),
    [
        (rules.LISTENING, "perhaps"),
        (rules.ANSWERS, ""),
        (rules.FOOTER, "model, size"),
        (rules.LONGEST_NOTE, "two"),
        (rules.LONGEST_NOTE, "1.2.3"),
        (rules.BARRED_CHANNELS, "<@12>"),
        (rules.BARRED_CHANNELS, "#general"),
        (rules.ALLOWED_ROLES, "<@12>"),
        (rules.LANGUAGE, "Klingonish"),
        (rules.PROMPT, " "),
        (rules.MODEL, "a/c"),
    ],
)
@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_not_understood(setting: Setting[Any], typed: str, locale: str) -> None:
    """There is a sentence for it in every language that says what it is about."""
    words = reply.words_for(locale)
    with pytest.raises(errors.ValueUnusable) as refused:
        understood(setting, typed, words)
    said = reply.sentence(refused.value, words)
    assert setting is rules.PROMPT or words(setting.label) in said


def test_more_than_the_operator_allows() -> None:
    """It is said how much that is."""
    with pytest.raises(errors.ValueTooHigh) as refused:
        understood(rules.LONGEST_NOTE, "180.5")
    assert reply.sentence(refused.value, ENGLISH) == (
        "Please choose less: whoever runs me allows no more than 3 hr for “Longest note”."
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_offered_is_understood(locale: str) -> None:
    """Whether somebody chooses it or types what it is called; in every language."""
    words = reply.words_for(locale)
    for setting in SETTINGS:
        for called, stored in settings.suggested(setting, IN_FORCE, OFFERED, words):
            assert settings.understood(setting, stored or "none", IN_FORCE, OFFERED, words) == stored
            assert settings.understood(setting, called, IN_FORCE, OFFERED, words) == stored
