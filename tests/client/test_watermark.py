"""A watermark never passes a message that nobody has taken in, nor a gap nobody has looked through."""

from __future__ import annotations

from bot.client.watermark import Watermark


def test_it_follows_what_is_seen() -> None:
    """Older messages that come later do not take it back."""
    mark = Watermark(10)
    mark.seen(12)
    mark.seen(11)
    assert mark.value() == 12


def test_it_stays_before_what_is_in_hand() -> None:
    """Before the oldest; one that comes twice, by the gateway and by the history, twice."""
    mark = Watermark(10)
    for message in (13, 15, 13):
        mark.began(message)
    mark.ended(15)
    assert mark.value() == 12
    mark.ended(13)
    assert mark.value() == 12
    mark.ended(13)
    assert mark.value() == 15


def test_gaps_are_closed_one_by_one() -> None:
    """The end of one says nothing of another, whichever was opened first."""
    mark = Watermark(10)
    first = mark.open_gap()
    mark.seen(20)
    second = mark.open_gap()
    assert (mark.begin_of(first), mark.begin_of(second)) == (10, 10)
    mark.close_gap(first)
    assert mark.value() == 10
    mark.close_gap(second)
    assert mark.value() == 20
    third = mark.open_gap()
    mark.seen(30)
    fourth = mark.open_gap()
    mark.close_gap(fourth)
    assert mark.value() == mark.begin_of(third) == 20


def test_a_gap_older_than_anybody_looks_back_holds_nothing_up() -> None:
    """A server that never comes back must not keep the watermark for ever."""
    mark = Watermark(10)
    mark.open_gap()
    mark.seen(90)
    assert (mark.value(floor=50), mark.value(floor=100), mark.value(floor=5)) == (50, 90, 10)
