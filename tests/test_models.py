"""Values that are added up."""

from __future__ import annotations

import math

import pytest

from bot.models import Usage, sum_of

LARGEST = 2_147_483_647
"""Of PostgreSQL's `integer`."""


def usage(tokens: int, *, audio: int | None = None, cost: float | None = None) -> Usage:
    """An answer's, with the same count for everything."""
    return Usage(
        prompt_tokens=tokens, completion_tokens=tokens, total_tokens=tokens, audio_tokens=audio, cost=cost
    )


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (None, None, None),
        (usage(1), None, usage(1)),
        (None, usage(2), usage(2)),
        (usage(1), usage(2), usage(3)),
        (usage(1, audio=5), usage(2, cost=0.5), usage(3, audio=5, cost=0.5)),
        (usage(1, audio=5, cost=0.25), usage(2, audio=6, cost=0.5), usage(3, audio=11, cost=0.75)),
        (usage(LARGEST, audio=LARGEST), usage(LARGEST, audio=1), usage(LARGEST, audio=LARGEST)),
        (usage(LARGEST - 1), usage(1), usage(LARGEST)),
    ],
)
def test_what_two_answers_were_counted_at_together(
    first: Usage | None, second: Usage | None, together: Usage | None
) -> None:
    """What is unknown counts for nothing; no sum is more than a database's integer holds."""
    assert sum_of(first, second) == together


def test_costs_add_up_to_a_number() -> None:
    """However absurd each of them is."""
    together = sum_of(usage(0, cost=1.7e308), usage(0, cost=1.7e308))
    assert together is not None
    assert together.cost is not None
    assert math.isfinite(together.cost)
