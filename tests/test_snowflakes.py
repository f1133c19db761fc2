"""The times that Discord's ids hold."""

from __future__ import annotations

from bot.snowflakes import lowest_at, moment_of

FROM_DISCORDS_OWN_PAGE = 175_928_847_299_117_063
"""The example of its documentation ("Snowflakes"): 2016-04-30 11:18:25.796 UTC."""


def test_the_moment_of_an_id() -> None:
    """To the millisecond."""
    assert moment_of(FROM_DISCORDS_OWN_PAGE) == 1_462_015_105.796


def test_the_lowest_id_of_a_moment() -> None:
    """Every id of that millisecond is as high or higher, and every one of the one before is lower."""
    lowest = lowest_at(1_462_015_105.796)
    assert lowest <= FROM_DISCORDS_OWN_PAGE < lowest + (1 << 22)
    assert moment_of(lowest) == 1_462_015_105.796
    assert moment_of(lowest - 1) < 1_462_015_105.796
