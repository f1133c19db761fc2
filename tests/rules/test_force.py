"""What is in force: the nearest level that has set something usable, and no more than the operator allows."""

from __future__ import annotations

import itertools

import pytest

from bot import rules
from bot.facts import Source
from bot.rules import Level, Rules

LEVELS = (Source.THREAD, Source.CHANNEL, Source.SERVER, Source.OPERATOR)
VALUES = ("Thread.", "Channel.", "Server.", "Operator.")


@pytest.mark.parametrize("given", list(itertools.product([False, True], repeat=4)))
def test_the_nearest_level_counts(given: tuple[bool, ...]) -> None:
    """Of four: each combination of those that have set something."""
    levels = [
        Level(source, {rules.PROMPT.name: value} if is_set else {})
        for source, value, is_set in zip(LEVELS, VALUES, given, strict=True)
    ]
    found = Rules(tuple(levels))
    expected = next(
        ((source, value) for source, value, is_set in zip(LEVELS, VALUES, given, strict=True) if is_set),
        (Source.DEFAULT, "Please transcribe this audio file."),
    )
    assert (found.source(rules.PROMPT), found.of(rules.PROMPT)) == expected


def test_what_cannot_be_used_counts_as_not_set() -> None:
    """Another version may have written it; that is no reason to do nothing."""
    found = Rules((Level(Source.CHANNEL, {"answers": "pigeon"}), Level(Source.SERVER, {"answers": "reply"})))
    assert (found.of(rules.ANSWERS), found.source(rules.ANSWERS)) == ("reply", Source.SERVER)


def test_off_and_spoken_are_set_as_well() -> None:
    """A value that says no is not the same as none."""
    server = Level(Source.SERVER, {"language": "de", "listening": "on", "footer": "model"})
    found = Rules((Level(Source.CHANNEL, {"language": "spoken", "listening": "off", "footer": ""}), server))
    assert found.of(rules.LANGUAGE) is None
    assert found.of(rules.LISTENING) is False
    assert found.of(rules.FOOTER) == ()
    assert found.source(rules.LANGUAGE) is Source.CHANNEL


@pytest.mark.parametrize(
    ("server", "operator", "value", "source"),
    [
        ("10", "180", 10.0, Source.SERVER),
        ("200", "180", 180.0, Source.OPERATOR),
        (None, "180", 180.0, Source.DEFAULT),
        ("10", None, 10.0, Source.SERVER),
        (None, None, None, Source.DEFAULT),
    ],
)
def test_a_ceiling_can_only_be_set_lower(
    server: str | None, operator: str | None, value: float | None, source: Source
) -> None:
    """Whatever is stored: the operator may have lowered it since."""
    name = rules.LONGEST_NOTE.name
    levels = [
        Level(of, {name: stored})
        for of, stored in ((Source.SERVER, server), (Source.DEFAULT, operator))
        if stored is not None
    ]
    found = Rules(tuple(levels))
    assert (found.of(rules.LONGEST_NOTE), found.source(rules.LONGEST_NOTE)) == (value, source)
    assert found.most(rules.LONGEST_NOTE) == (None if operator is None else float(operator))


def test_only_models_that_are_offered_can_be_chosen() -> None:
    """One that the operator no longer offers is not used; their own is, whatever it is."""
    levels = (Level(Source.SERVER, {"model": "a/dear"}), Level(Source.OPERATOR, {"model": "a/own"}))
    assert Rules(levels, ("a/own", "a/dear")).of(rules.MODEL) == "a/dear"
    assert Rules(levels, ("a/own",)).of(rules.MODEL) == "a/own"
    assert Rules(levels).source(rules.MODEL) is Source.OPERATOR
