"""An answer as it comes in: what is new of each chunk, where it can be gone on with, and when it says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.completion.chunks import Chunk
from bot.completion.draft import Draft
from bot.completion.reasons import Finish
from bot.models import Ending


def draft(text: str, before: str = "") -> Draft:
    """One with that text."""
    return drafted(Chunk(text=text), before=before)


def drafted(*chunks: Chunk, before: str = "") -> Draft:
    """One that came in these chunks."""
    made = Draft(model="a/b", generation_id=None, before=before)
    for chunk in chunks:
        made.add(chunk)
    made.end()
    return made


NO_SPACES = "".join(map(chr, range(0x4E00, 0x4E00 + 3000)))
WORDS = " ".join(map(str, range(10_000, 11_000))) + " "


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
        ("Anna: " + NO_SPACES, "Anna: " + NO_SPACES),
        ("- one\n  - a\n  - b b", "- one\n  - a\n"),
        ("It is 3.14 or s", "It is 3.14 or "),
        ("Yes! " + WORDS + "wor", "Yes! " + WORDS),
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


def said(*texts: str) -> list[Chunk]:
    """Pieces of an answer."""
    return [Chunk(text=text, choice=True) for text in texts]


WHOLE = "It is the whole answer, once more."


@pytest.mark.parametrize(
    "chunks",
    [
        # At the end, as a message; before, with or after the reason; with white space of its own.
        [*said("It is the whole ", "answer, once more."), Chunk(text=WHOLE, whole=True)],
        [*said("It is the whole ", "answer, once more."), Chunk(text=WHOLE, whole=True, finish=Finish.STOP)],
        [*said("It is the whole ", "answer, once more."), Chunk(finish=Finish.STOP), Chunk(text=WHOLE, whole=True)],
        [*said("It is the whole ", "answer, once more."), Chunk(text=f" {WHOLE}\n", whole=True)],
        # Without a piece that has come before.
        [*said("It is the whole "), Chunk(text=WHOLE, whole=True, finish=Finish.STOP)],
        # As a piece, together with the reason or after it.
        [*said("It is the whole ", "answer, once more."), Chunk(text=WHOLE, finish=Finish.STOP)],
        [*said("It is the whole ", "answer, once more."), Chunk(finish=Finish.STOP), *said(WHOLE)],
        [*said(WHOLE), Chunk(text=WHOLE, finish=Finish.STOP)],
        # With other white space within it, or with a last word that has not come before.
        [*said(WHOLE), Chunk(text=WHOLE.replace(", ", ",\n"), finish=Finish.STOP)],
        [*said("It is the whole ", "answer, once"), Chunk(text=WHOLE, finish=Finish.STOP)],
        # Without the thoughts that the pieces had.
        [*said("<think>hm</think>", WHOLE), Chunk(text=WHOLE, whole=True, finish=Finish.STOP)],
        [*said("<think>hm</think>", WHOLE), Chunk(text=f"<think>hm</think>{WHOLE}", finish=Finish.STOP)],
        # Every chunk says all there is so far.
        [Chunk(text=WHOLE[:length], whole=True) for length in (5, 12, 12, 20, len(WHOLE))],
        # Messages that are pieces all the same.
        [Chunk(text=text, whole=True) for text in ("It is the ", "whole answer, ", "once more.")],
    ],
)  # fmt: skip
def test_what_is_said_twice_by_the_server_is_kept_once(chunks: list[Chunk]) -> None:
    """The last chunk of some gateways repeats it all."""
    made = drafted(*chunks)
    assert made.whole == WHOLE
    assert made.answer().ending is Ending.COMPLETE


@pytest.mark.parametrize(
    "texts",
    [("no", " no", " no"), ("ha", "ha", "ha"), ("Bye. ", "Bye. "), ("", "", "a"), ("a" * 30, "a" * 30)],
)
def test_what_the_model_says_twice_is_kept_twice(texts: tuple[str, ...]) -> None:
    """A short piece may well be like all before it."""
    assert drafted(*said(*texts), Chunk(finish=Finish.STOP)).whole == "".join(texts)


def test_a_loop_is_cut_and_said_to_be_one() -> None:
    """And a model that was stopped in one is not asked to go on with it."""
    looping = drafted(*said("Hello. ", *["Thank you. "] * 500))
    assert looping.loops
    assert (looping.whole, looping.answer().ending) == ("Hello. Thank you. Thank you.", Ending.REPETITION)
    thought = drafted(*said("x" * 2_000, "\n</think>\n", "Hello. ", *["Thank you. "] * 500))
    assert thought.whole == "Hello. Thank you. Thank you."
    stopped = drafted(*said("Hello. ", *["Thank you. "] * 100), Chunk(finish=Finish.LENGTH))
    assert not stopped.stopped_early
    assert stopped.answer().ending is Ending.REPETITION
    meant = drafted(*said("Hello. ", *["Thank you. "] * 100), Chunk(finish=Finish.STOP))
    assert meant.whole == "Hello. " + "Thank you. " * 100
