"""What /help says."""

from __future__ import annotations

import pytest

from bot import reply
from bot.facts import Listening
from bot.reply.guide import guide

IDS: dict[str, int] = dict.fromkeys(
    ("transcribe", "ask", "recap", "status", "prompt", "help"), 1_200_000_000_000_000_000
)


def told(state: Listening = Listening.IN_THREADS, locale: str = "en-US", **how: bool) -> str:
    """The answer."""
    options = {"offered": True, "questions": True, "manages": True} | how
    return guide(
        state,
        IDS,
        reply.words_for(locale),
        offered=options["offered"],
        questions=options["questions"],
        manages=options["manages"],
    )


@pytest.mark.parametrize("locale", reply.LOCALES)
def test_it_is_one_screen_in_every_language(locale: str) -> None:
    """1800 characters at most, wherever it is asked."""
    assert max(len(told(state, locale)) for state in Listening) <= 1800


def test_commands_can_be_clicked_if_discord_told_their_ids() -> None:
    """Otherwise they are named."""
    assert "</prompt set:1200000000000000000>" in told()
    text = guide(Listening.IN_PLACE, {}, reply.ENGLISH, offered=True, questions=True, manages=True)
    assert "`/prompt set`" in text
    assert "</" not in text


def test_what_the_model_could_not_do_is_left_out() -> None:
    """Where it only transcribes, two of the ways are left; and the list of what was missed."""
    text = told(offered=False, manages=False)
    for word in ("ask", "summary", "flag", "Summarise", "Translate"):
        assert word not in text
    assert "*Apps → Transcribe*" in text
    assert "/recap:" in text


def test_ways_that_need_a_listener_are_left_out_where_there_is_none() -> None:
    """Flags and questions."""
    for state in (Listening.NO_MEMBER, Listening.NO_PART, Listening.NO_ACCESS):
        assert "flag" not in told(state)
        assert "/recap:" not in told(state)
        assert "mention me in its thread" not in told(state)
    assert "mention me in its thread" not in told(questions=False)
    assert "mention me in its thread" in told()


def test_it_names_the_languages_in_themselves() -> None:
    """So that people find theirs."""
    for name in ("English", "Deutsch", "français", "日本語", "русский"):
        assert name in told()
