"""An answer as it comes in: where it can be gone on with, and when a model only repeats itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.completion.draft import Draft


def draft(text: str, before: str = "") -> Draft:
    """One with that text."""
    return Draft(model="a/b", generation_id=None, text=text, before=before)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("One. Two thr", "One. "),
        ("One.\nTwo thr", "One.\n"),
        ("He said “no.” Then h", "He said “no.” "),
        ("One. Two.", "One. "),
        ("One.  Two", "One.  "),
        ("It costs 3.", "It costs "),
        ("See https://www.", "See "),
        ("One. Two. \n", "One. Two. \n"),
        ("- a line\n- another li", "- a line\n"),
        ("版本一。第二", "版本一。"),
        ("版本一。", "版本一。"),
        ("no sentence ends he", "no sentence ends "),
        ("noteventoaword", "noteventoaword"),
        (" noteventoaword", " noteventoaword"),
        ("Anna: " + "大家好" * 1000, "Anna: " + "大家好" * 1000),
        ("- one\n  - a\n  - b b", "- one\n  - a\n"),
        ("It is 3.14 or s", "It is 3.14 or "),
        ("Yes! " + "word " * 999 + "wor", "Yes! " + "word " * 999),
    ],
)
def test_it_is_gone_on_with_after_the_last_sentence(text: str, kept: str) -> None:
    """Or after the last word, where none ends near: never inside one, and never run together."""
    assert draft(text).resumable() == kept


@given(st.text(max_size=300))
def test_what_is_gone_on_with_was_said(text: str) -> None:
    """Nothing is made up, and not everything is taken back."""
    kept = draft(text).resumable()
    assert text.startswith(kept)
    assert bool(kept.strip()) is bool(text.strip())


@given(st.text(max_size=30), st.text(max_size=30))
def test_each_time_it_comes_further(before: str, text: str) -> None:
    """A sentence longer than what a model writes at once is gone on with at a word."""
    more = draft(text, before)
    assert len(more.resumable()) > len(before) or not more.whole[len(before) :].strip()


def test_going_on_begins_where_it_left_off() -> None:
    """However much white space the model puts before it."""
    assert draft("\n two.", before="One, ").whole == "One, two."
    assert draft(" One.").whole == " One."


def test_the_beginning_of_a_line_keeps_its_spaces() -> None:
    """Code and lists in lists are made of them."""
    assert draft("\n  - two", before="- One\n").whole == "- One\n  - two"


@pytest.mark.parametrize(
    ("text", "repeats"),
    [("word " * 20, True), ("word " * 15 + "and then something else", False), ("word", False)],
)
def test_a_repetition_is_known_by_its_beginning(text: str, repeats: bool) -> None:  # noqa: FBT001
    """A long one: a short one may be meant."""
    assert draft(text, before="It was said: " + "word " * 50).repeats is repeats
