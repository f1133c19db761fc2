"""Each kind of setting: what it takes, what it does not, and that what is written can be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import rules
from bot.rules import SETTINGS, Setting, Unusable

VALUES: list[tuple[Setting[Any], str, object]] = [
    (rules.LISTENING, "off", False),
    (rules.ANSWERS, "button", "button"),
    (rules.FOOTER, "cost,model", ("model", "cost")),
    (rules.FOOTER, "", ()),
    (rules.BARRED_CHANNELS, "12,5,12", frozenset({5, 12})),
    (rules.ALLOWED_ROLES, "", frozenset()),
    (rules.LANGUAGE, "pt-BR", "pt-BR"),
    (rules.LANGUAGE, "spoken", None),
    (rules.LONGEST_NOTE, "0.5", 0.5),
    (rules.PROMPT, " Sing.\n", "Sing."),
    (rules.MODEL, "a/b", "a/b"),
]


@pytest.mark.parametrize(("setting", "stored", "value"), VALUES)
def test_what_is_a_value(setting: Setting[Any], stored: str, value: object) -> None:
    """As it is stored, and what it stands for; written again, it is the same."""
    assert setting.kind.read(stored) == value
    assert setting.kind.read(setting.kind.write(value)) == value


@pytest.mark.parametrize(
    ("setting", "stored"),
    [
        (rules.LISTENING, "yes"),
        (rules.LISTENING, ""),
        (rules.ANSWERS, "Thread"),
        (rules.FOOTER, "model,size"),
        (rules.BARRED_CHANNELS, "general"),
        (rules.BARRED_CHANNELS, "0"),
        (rules.BARRED_CHANNELS, "²"),
        (rules.BARRED_CHANNELS, str(2**63)),
        (rules.BARRED_CHANNELS, ",".join(map(str, range(1, 27)))),
        (rules.LANGUAGE, "German"),
        (rules.LANGUAGE, ""),
        (rules.LONGEST_NOTE, "nan"),
        (rules.LONGEST_NOTE, "inf"),
        (rules.LONGEST_NOTE, "0"),
        (rules.LONGEST_NOTE, "-1"),
        (rules.LONGEST_NOTE, "1e9"),
        (rules.LONGEST_NOTE, "a minute"),
        (rules.PROMPT, " \n"),
        (rules.PROMPT, "x" * 4001),
        (rules.MODEL, " "),
    ],
)
def test_what_is_none(setting: Setting[Any], stored: str) -> None:
    """Whoever wrote it: another version, a form, a person who types."""
    with pytest.raises(Unusable):
        setting.kind.read(stored)


@given(st.text(max_size=40))
def test_whatever_is_read_can_be_written(stored: str) -> None:
    """For every setting, and no error but the one."""
    for setting in SETTINGS:
        try:
            value = setting.kind.read(stored)
        except Unusable:
            continue
        assert setting.kind.read(setting.kind.write(value)) == value


@given(st.floats(min_value=0.1, max_value=100_000))
def test_a_number_loses_nothing_that_counts(value: float) -> None:
    """To a millionth."""
    kind = rules.LONGEST_NOTE.kind
    assert kind.read(kind.write(value)) == pytest.approx(value, abs=1e-6)


def test_a_preset_in_place_of_a_prompt() -> None:
    """By its name; anything else is a prompt."""
    assert rules.preset_in("preset:summary") == "summary"
    assert rules.preset_in("preset:own-1z") == "own-1z"
    assert rules.preset_in("preset: the scene") is None
    assert rules.preset_in("Use preset:summary") is None


def test_every_setting_is_declared_in_full() -> None:
    """Its name is one that Discord takes as a choice; its default is one of its values; none is there twice."""
    names = [setting.name for setting in SETTINGS]
    assert len(set(names)) == len(names) <= 25
    for setting in SETTINGS:
        assert rules.named(setting.name) is setting
        assert len(setting.name) <= 40
        assert len(setting.label) <= 45, "a title of a form"
        assert len(setting.help) <= 200
        stored = setting.kind.write(setting.default)
        if stored:
            assert setting.kind.read(stored) == setting.default
    assert rules.named("colour") is None
