"""Progress edits keep the pace of a channel."""

from __future__ import annotations

from bot.client.posting.pacing import EDITS, Pace
from tests.client.scene import Steps


def test_edits_of_a_channel_share_a_pace() -> None:
    """One in 1.2 seconds, whichever answers; other channels have their own."""
    steps = Steps()
    pace = Pace(EDITS, steps)
    assert pace.allows(1)
    assert pace.allows(2)
    steps.now += 1.1
    assert not pace.allows(1)
    steps.now += 0.2
    assert pace.allows(1)


def test_nothing_is_forgotten_before_its_time() -> None:
    """However much there is to remember."""
    steps = Steps()
    pace = Pace(EDITS, steps)
    for _ in range(3):
        steps.now += 10
        assert all(pace.allows(channel) for channel in range(2000))
        assert not any(pace.allows(channel) for channel in range(2000))
