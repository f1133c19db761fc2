"""Days, months and limits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budgets import UNLIMITED, Limit, Period, Span

DAY = 86_400.0


@given(st.floats(min_value=0, max_value=4e9), st.sampled_from(Period))
def test_periods_follow_one_another(moment: float, period: Period) -> None:
    """Each moment is in one, and where it ends the next one begins, at midnight."""
    since, until = period.around(moment)
    assert since <= moment < until
    assert period.around(until)[0] == until
    assert period.around(since) == (since, until)
    assert until % 86_400 == 0
    assert datetime.fromtimestamp(until, UTC).day == 1 or period is Period.DAY


def test_a_february_in_a_leap_year() -> None:
    """It ends on the 29th."""
    inside = datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC).timestamp()
    assert Period.MONTH.around(inside)[1] == inside + 1 == Period.DAY.around(inside)[1]


@pytest.mark.parametrize(
    ("span", "first", "end"),
    [
        (Span.TODAY, (2027, 3, 1), (2027, 3, 2)),
        (Span.WEEK, (2027, 2, 23), (2027, 3, 2)),
        (Span.MONTH, (2027, 3, 1), (2027, 4, 1)),
        (Span.LAST_MONTH, (2027, 2, 1), (2027, 3, 1)),
    ],
)
def test_what_people_ask_about(span: Span, first: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    """On the first of March."""
    now = datetime(2027, 3, 1, 12, tzinfo=UTC).timestamp()
    assert span.around(now) == tuple(datetime(*day, tzinfo=UTC).timestamp() for day in (first, end))


def test_limits() -> None:
    """Nothing is no limit; nought is one."""
    assert not UNLIMITED.limits
    assert Limit(cost=0.0).limits
    assert Limit(seconds=5.0, cost=1.0).where_less_than(Limit(seconds=5.0)) == Limit(cost=1.0)
    assert Limit(seconds=4.0).where_less_than(Limit(seconds=5.0)) == Limit(seconds=4.0)
