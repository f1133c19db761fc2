"""How the bot waits for Discord."""

from __future__ import annotations

from bot.run import pause_before_login


def test_the_pauses_grow_up_to_half_a_minute() -> None:
    """Each is twice the one before; a night without Discord has thousands of them."""
    assert [pause_before_login(attempt) for attempt in (0, 1, 2, 4, 5, 100_000)] == [1, 2, 4, 16, 30, 30]
