"""An endpoint that is away is asked now and then, and not by everybody who waits for it."""

from __future__ import annotations

import pytest

from bot import errors
from bot.completion.breaker import Breaker

MODEL, OTHER = "a/b", "c/d"
BUSY = errors.EndpointBusy("status 503")


class Clock:
    """Stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The seconds."""
        return self.now


def fail(breaker: Breaker, times: int, error: errors.EndpointBusy = BUSY) -> None:
    """So many requests come to nothing."""
    for _ in range(times):
        breaker.failed(MODEL, error)


def admitted(breaker: Breaker, model: str = MODEL) -> bool:
    """Whether a request may go out."""
    try:
        breaker.admit(model)
    except errors.EndpointBusy:
        return False
    return True


def test_a_short_trouble_changes_nothing() -> None:
    """As many failures as one note makes, and many that are not in a row."""
    breaker = Breaker(Clock())
    for _ in range(10):
        fail(breaker, 4)
        assert admitted(breaker)
        breaker.answered(MODEL)
    assert admitted(breaker)


def test_one_at_a_time_finds_out() -> None:
    """The others are told when the next may."""
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, 5)
    with pytest.raises(errors.EndpointBusy) as refused:
        breaker.admit(MODEL)
    assert refused.value.retry_after == pytest.approx(10.0)
    assert admitted(breaker, OTHER), "another model may well be there"
    clock.now += 10.0
    assert [admitted(breaker) for _ in range(500)] == [True] + [False] * 499
    breaker.failed(MODEL, BUSY)
    assert not admitted(breaker)
    clock.now += 10.0
    assert admitted(breaker)
    breaker.answered(MODEL)
    assert all(admitted(breaker) for _ in range(500))


def test_a_probe_that_is_never_heard_of_again_is_not_the_last() -> None:
    """Its process may have been stopped in the middle."""
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, 5)
    for _ in range(3):
        clock.now += 10.0
        assert admitted(breaker)
        assert not admitted(breaker)


def test_a_pause_that_was_asked_for_is_kept() -> None:
    """By all who wait, whoever was told."""
    clock = Clock()
    breaker = Breaker(clock)
    fail(breaker, 4)
    fail(breaker, 1, errors.EndpointBusy("status 429", retry_after=90.0))
    clock.now += 89.0
    assert not admitted(breaker)
    clock.now += 1.0
    assert admitted(breaker)


def test_five_hundred_who_wait_ask_less_than_twenty_times_a_minute() -> None:
    """Eight at a time, each at once again after each refusal: what is under way when it goes, and a probe now and then."""
    clock = Clock()
    breaker = Breaker(clock)
    sent: list[float] = []
    under_way = 8
    while clock.now < 1600.0:
        out = sum(admitted(breaker) for _ in range(under_way))
        fail(breaker, out)
        sent += [clock.now] * out
        clock.now += 0.5
    for begin in range(1000, 1600, 10):
        assert len([at for at in sent if begin <= at < begin + 60]) <= 20
    assert len(sent) > 50, "it is not given up"
