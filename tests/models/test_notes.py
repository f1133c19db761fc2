"""Whom a note is for."""

from __future__ import annotations

from tests.fixtures import note_of


def test_whoever_asks_wants_the_answer() -> None:
    """A note asks for itself; then it is its author."""
    assert note_of(author_id=4).person_id == 4
    assert note_of(author_id=4, asked_by=7).person_id == 7
