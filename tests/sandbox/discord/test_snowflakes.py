"""Making ids from times."""

from __future__ import annotations

from sandbox.discord.snowflakes import Snowflakes, moment_of, snowflake_at


def test_ids_hold_their_time_and_only_grow() -> None:
    """Ids increase even while the clock stands still or goes back."""
    now = [1_790_000_000.0]
    ids = Snowflakes(lambda: now[0])
    first, second = ids.next(), ids.next()
    now[0] -= 60
    third = ids.next()
    assert first < second < third
    assert moment_of(first) == 1_790_000_000.0
    assert snowflake_at(1_420_070_400.001) == 1 << 22
