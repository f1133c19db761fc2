"""How the bot waits for Discord."""

from __future__ import annotations

from bot.client.login import DiscordAwayError, UnreadableGatewayError
from bot.run import pause_before_login


def test_the_pauses_grow() -> None:
    """Each is twice the one before, up to the longest; a night without Discord has thousands of them."""
    assert [pause_before_login(attempt, 30) for attempt in (0, 1, 2, 4, 5, 100_000)] == [1, 2, 4, 16, 30, 30]


def test_sessions_last_a_day() -> None:
    """Discord allows a thousand a day: what goes wrong only after a session began is tried less often."""
    assert (DiscordAwayError.longest_pause, UnreadableGatewayError.longest_pause) == (30, 300)
    assert 86_400 / UnreadableGatewayError.longest_pause < 1000 / 2
