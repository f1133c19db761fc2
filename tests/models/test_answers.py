"""What answers take, added up."""

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


ONE = Usage(prompt_tokens=1, completion_tokens=20, total_tokens=21, audio_tokens=300, cost=0.25)
OTHER = Usage(prompt_tokens=4, completion_tokens=50, total_tokens=54, audio_tokens=600, cost=0.5)
BARE = Usage(prompt_tokens=4, completion_tokens=50, total_tokens=54)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (None, None, None),
        (ONE, None, ONE),
        (None, ONE, ONE),
        (
            ONE,
            OTHER,
            Usage(prompt_tokens=5, completion_tokens=70, total_tokens=75, audio_tokens=900, cost=0.75),
        ),
        (
            ONE,
            BARE,
            Usage(prompt_tokens=5, completion_tokens=70, total_tokens=75, audio_tokens=300, cost=0.25),
        ),
        (
            BARE,
            ONE,
            Usage(prompt_tokens=5, completion_tokens=70, total_tokens=75, audio_tokens=300, cost=0.25),
        ),
        (BARE, BARE, Usage(prompt_tokens=8, completion_tokens=100, total_tokens=108)),
    ],
)
def test_usage_is_added_up(first: Usage | None, second: Usage | None, both: Usage | None) -> None:
    """Each number by itself; what one of them does not tell is what the other tells, and not nothing."""
    assert sum_of(first, second) == both
