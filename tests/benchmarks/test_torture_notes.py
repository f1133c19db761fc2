"""The notes of the torture benchmark: each sound and each word belongs to one note."""

from __future__ import annotations

import pytest

from benchmarks.torture_notes import TortureNote, torture_note, words_in


@pytest.fixture(scope="module")
def notes() -> list[TortureNote]:
    """The first two hundred of a seed."""
    return [torture_note(number, seed=1) for number in range(1, 201)]


def test_every_sound_is_unique(notes: list[TortureNote]) -> None:
    """No two notes have the same bytes, by which the model knows them."""
    assert len({note.sound for note in notes}) == len(notes)


def test_every_word_tells_whose_it_is(notes: list[TortureNote]) -> None:
    """The words found in an answer's text are its own, in order."""
    for note in notes:
        text = "".join(note.answer)
        assert words_in(text.replace(" ", "\n\n")) == [
            (note.number, index) for index in range(1, note.words + 1)
        ]


def test_some_answers_need_several_pages(notes: list[TortureNote]) -> None:
    """A few of the answers are long, and a few notes are slow; most are not."""
    longest = [len("".join(note.answer)) for note in notes]
    assert 10 < sum(length > 2_000 for length in longest) < 60
    assert 30 < sum(note.seconds > 2 for note in notes) < 90


def test_a_seed_makes_the_same_notes(notes: list[TortureNote]) -> None:
    """The same seed makes the same notes, another seed others."""
    again = [torture_note(number, seed=1) for number in range(1, 201)]
    assert again == notes
    assert [torture_note(number, seed=2) for number in range(1, 201)] != notes
