"""Which answers tell what was said, and the request that has them summed up."""

from __future__ import annotations

import pytest

from bot.models import Posted, StandingAnswer
from bot.notes.recap import Recording, fitting, telling


def standing(ask: str, message: int = 1, attachment: int = 2) -> StandingAnswer:
    """An answer that stands somewhere."""
    return StandingAnswer(
        message_id=message,
        attachment_id=attachment,
        ask=ask,
        posted=Posted(channel_id=3, pages=(4,)),
        transcript=False,
    )


def recording(text: str) -> Recording:
    """Somebody's."""
    return Recording(name="Anna", when="2026-01-01 10:00 UTC", text=text)


@pytest.mark.parametrize(
    ("asks", "best"),
    [
        (["preset:summary:de", "listened"], "listened"),
        (["preset:translate:fr", "preset:summary:de"], "preset:summary:de"),
        (["preset:minutes:de", "preset:transcribe:"], "preset:transcribe:"),
        (["preset:reply:de", "typed:1", "question:2", "preset:todos:de"], None),
        ([], None),
    ],
)
def test_the_answer_that_tells_best_is_taken(asks: list[str], best: str | None) -> None:
    """What the note itself asked for first; no draft, and no answer to somebody's question."""
    found = telling([standing(ask) for ask in asks])
    assert (found[1, 2].ask if found else None) == best


def test_each_file_has_its_own() -> None:
    """Also the same file, where it was forwarded."""
    found = telling([standing("listened", 1, 2), standing("listened", 1, 3), standing("listened", 9, 2)])
    assert set(found) == {(1, 2), (1, 3), (9, 2)}


def test_the_newest_that_fit_are_taken() -> None:
    """In their order; of a single one that does not fit, its beginning."""
    old, middle, new = recording("o" * 5), recording("m" * 4), recording("n" * 6)
    assert fitting([old, middle, new], 10) == (middle, new)
    assert fitting([old, middle, new], 15) == (old, middle, new)
    assert fitting([old, new], 3) == (recording("nnn"),)
    assert fitting([], 3) == ()
    assert sum(len(taken.text) for taken in fitting([recording("x" * 50_000)] * 3)) <= 60_000
