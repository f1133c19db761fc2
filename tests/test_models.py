"""What two answers took together."""

from __future__ import annotations

import pytest

from bot.models import Usage, sum_of

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
