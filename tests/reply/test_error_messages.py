"""A sentence for every error: it says what can be done and gives nothing away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import pytest

from bot import errors, reply
from bot.budgets import Period, Whose

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

GENERIC = reply.sentence(RuntimeError("secret detail"), words=reply.ENGLISH)


def subclasses(kind: type[T]) -> Iterator[type[T]]:
    """All below a class."""
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


WITH_DATA: dict[type[errors.EarshotError], errors.EarshotError] = {
    errors.TooLong: errors.TooLong(limit=10_800, seconds=14_425.4),
    errors.TooLarge: errors.TooLarge(limit=100_000_000, size=250_000_000),
    errors.TooManyChannels: errors.TooManyChannels(limit=8, channels=16),
    errors.RateTooHigh: errors.RateTooHigh(limit=384_000, rate=705_600),
    errors.Forbidden: errors.Forbidden("Send Messages in Threads"),
    errors.OptedOut: errors.OptedOut(own=True),
    errors.PresetNameTaken: errors.PresetNameTaken("Recipe"),
    errors.TooManyPresets: errors.TooManyPresets(limit=25),
    errors.ValueUnusable: errors.ValueUnusable("longest-note"),
    errors.ValueTooHigh: errors.ValueTooHigh("longest-note", 90.0),
    errors.WholeServerOnly: errors.WholeServerOnly("month-cost"),
    errors.OverBudget: errors.OverBudget(whose=Whose.PERSON, period=Period.DAY, opens_at=86_400.0),
}


def example_of(kind: type[errors.EarshotError]) -> errors.EarshotError:
    """One error of a class, with data as it might have."""
    return WITH_DATA.get(kind) or kind("sk-or-v1-secret: Traceback in /srv/bot")


KINDS = [
    kind
    for kind in subclasses(errors.EarshotError)
    if kind.__module__ == errors.__name__ and kind not in {errors.Refused, errors.Transient, errors.Fault}
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_words(kind: type[errors.EarshotError]) -> None:
    """Of its own, short, plain, and with nothing in them of what the log is for."""
    words = reply.sentence(example_of(kind), words=reply.ENGLISH)
    assert words != GENERIC
    assert len(words) <= 200
    assert "secret" not in words
    assert not re.search(r"Traceback|[Ee]xception|\bHTTP\b|\b[45]\d\d\b|API|endpoint|None|token|codec", words)
    assert re.search(r"[.?]$", words)
    assert re.match(r"(I|[A-Z][a-z]+)\b", words), "it begins as sentences do"
    assert reply.explained(example_of(kind), words=reply.ENGLISH).pages == (words,)
    assert reply.explained(example_of(kind), "**a**\n", words=reply.ENGLISH).pages == (f"**a**\n{words}",)


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if issubclass(k, errors.Refused)], ids=lambda kind: kind.__name__
)
def test_a_refusal_says_what_can_be_done(kind: type[errors.EarshotError]) -> None:
    """No two refusals sound alike, and none ends without a way out."""
    words = reply.sentence(example_of(kind), words=reply.ENGLISH)
    others = {reply.sentence(example_of(other), words=reply.ENGLISH) for other in KINDS if other is not kind}
    assert words not in others
    assert re.search(r"[Pp]lease|try again|may work|I take", words)


def test_a_missing_permission_is_told_where_it_is_not_missing() -> None:
    """In private; the lock of a thread is called by its name."""
    words = reply.sentence(errors.Forbidden("Send Messages"), words=reply.ENGLISH)
    assert "answer there" in words
    assert "“Send Messages”" in words
    assert "the thread is locked" in reply.sentence(errors.Forbidden("Manage Threads"), words=reply.ENGLISH)


def test_who_does_not_want_to_be_heard_is_told_how_to_change_that() -> None:
    """Nobody else is, who could not."""
    assert "opt in again with /privacy" in reply.sentence(errors.OptedOut(own=True), words=reply.ENGLISH)
    assert "respect that" in reply.sentence(errors.OptedOut(own=False), words=reply.ENGLISH)


def test_whose_budget_is_used_up_and_when_it_opens() -> None:
    """By Discord's time stamp; each says another."""
    said = {
        reply.sentence(errors.OverBudget(whose=whose, period=period, opens_at=86_400.0), words=reply.ENGLISH)
        for whose in Whose
        for period in Period
        if (whose, period) != (Whose.PERSON, Period.MONTH)
    }
    assert len(said) == 5
    assert all(sentence.endswith(" <t:86400:R>.") for sentence in said)


def test_what_a_recorder_set_too_high_is_told_in_its_numbers() -> None:
    """As the recorder's menu has them; without, where they are not known."""
    assert "too many channels (16). I take up to 8:" in reply.sentence(
        errors.TooManyChannels(limit=8, channels=16), words=reply.ENGLISH
    )
    assert "too many channels. I" in reply.sentence(errors.TooManyChannels(limit=8), words=reply.ENGLISH)
    assert "too high (705.6 kHz). I take up to 384 kHz:" in reply.sentence(
        errors.RateTooHigh(limit=384_000, rate=705_600), words=reply.ENGLISH
    )
    assert "too high. I" in reply.sentence(errors.RateTooHigh(limit=384_000), words=reply.ENGLISH)


@pytest.mark.parametrize(
    "kind", [errors.FormatNotRead, errors.Encrypted, errors.TooManyChannels, errors.RateTooHigh]
)
def test_nobody_is_asked_to_send_again_what_could_not_be_heard_again(
    kind: type[errors.EarshotError],
) -> None:
    """As it is, at least: it is not damaged."""
    words = reply.sentence(example_of(kind), words=reply.ENGLISH)
    assert "damaged" not in words
    assert "incomplete" not in words
    assert not re.search(r"^[^:]*[Pp]lease send it again", words)


def test_the_limits_are_told_in_numbers_people_use() -> None:
    """Hours, minutes, megabytes; small limits are not rounded to nothing."""
    told = [
        reply.sentence(errors.TooLong(limit=10_800, seconds=14_425.4), words=reply.ENGLISH),
        reply.sentence(errors.TooLong(limit=90), words=reply.ENGLISH),
        reply.sentence(errors.TooLarge(limit=100_000_000, size=250_000_000), words=reply.ENGLISH),
        reply.sentence(errors.TooLarge(limit=500_000), words=reply.ENGLISH),
    ]
    assert told == [
        "This recording is too long (4 hr). I take up to 3 hr: please send a shorter one.",
        "This recording is too long. I take up to 1 min 30 sec: please send a shorter one.",
        "This file is too large (250 MB). I take up to 100 MB: please send a smaller one.",
        "This file is too large. I take up to 0.5 MB: please send a smaller one.",
    ]


def test_an_accident_gives_nothing_away() -> None:
    """What was not raised on purpose is told in general words."""
    assert "secret" not in GENERIC
    assert reply.sentence(KeyError("secret detail"), words=reply.ENGLISH) == GENERIC
