"""Which answers were asked for again without need."""

from __future__ import annotations

import pytest

from benchmarks.soak.faults import EVERYBODY, Interruption
from benchmarks.soak.people import Call
from benchmarks.soak.verdict import repaid

KEY = 1


def call(at: float, process: str = "worker-1.1", *, ended: float | None = None) -> Call:
    """The model was asked."""
    return Call(KEY, process, at, ended)


def test_who_asks_once_pays_once() -> None:
    """Whatever was cut."""
    assert repaid([call(10, ended=11)], [Interruption(None, 0, 20)]) == ([], 0)


@pytest.mark.parametrize("ended", [11.0, None])
def test_who_asks_again_without_need_pays_twice(ended: float | None) -> None:
    """Whether the first answer came to its end or not; interruptions of others, or at other times, are no reason."""
    calls = [call(10, ended=ended), call(100, "worker-2.1", ended=101)]
    for interruptions in (
        [],
        [Interruption("worker-3.1", 0, 200)],
        [Interruption("worker-1.1", 0, 9)],
        [Interruption(None, 110, 120), Interruption("worker-1.1", 110, 120)],
        [Interruption("worker-2.1", 20, 30)],
        # It knew before it asked, or would have known.
        [Interruption("worker-1.1", 4, 101)],
        [Interruption("worker-2.1", 90, 99)],
        [Interruption("worker-2.1", 99, 110)],
        # It has been back for long.
        [Interruption("worker-1.1", 10.5, 20)],
        # A link that was cut before let nothing pass.
        [Interruption(None, 9, 12)],
    ):
        findings, needed = repaid(calls, interruptions)
        assert [finding.note for finding in findings] == [KEY]
        assert needed == 0


@pytest.mark.parametrize(
    ("ended", "interruption"),
    [
        (None, Interruption(None, 10.5, 12)),
        (11.0, Interruption(None, 11.2, 12)),
        (11.0, Interruption("worker-1.1", 10.5, 30)),
        (11.0, Interruption("worker-1.1", 11.5, 30)),
        (11.0, Interruption("worker-1.1", 6, 30)),
        (11.0, Interruption(None, 10.9, 12)),
    ],
    ids=[
        "cut off itself",
        "cut off at its end",
        "cut from the database",
        "before it was stored",
        "before it knew of that",
        "before the stand-in heard of that",
    ],
)
def test_who_was_cut_off_has_to_ask_again(ended: float | None, interruption: Interruption) -> None:
    """Nothing of the first answer is left."""
    assert repaid([call(10, ended=ended), call(12, "worker-2.1", ended=13)], [interruption]) == ([], 1)


def test_an_answer_that_was_sent_in_full_is_not_lost_by_the_link_to_the_model() -> None:
    """It had arrived."""
    findings, _ = repaid([call(10, ended=11), call(12, ended=13)], [Interruption(None, 10.5, 11.5)])
    assert len(findings) == 1


def test_what_comes_one_upon_the_other_is_one_interruption() -> None:
    """The database is away, and when it is back the worker is cut off from it: the answer could be stored at no time."""
    calls = [call(10, ended=11), call(50, "worker-2.1", ended=51)]
    away = Interruption(EVERYBODY, 10.5, 20)
    cut, silence = Interruption("worker-1.1", 20.1, 30), Interruption("worker-1.1", 30.1, 48)
    assert repaid(calls, [away, cut, silence]) == ([], 1)
    for interruptions in (
        [away],
        [away, silence],
        [cut, silence],
        [away, Interruption("worker-2.1", 20.1, 48)],
    ):
        findings, needed = repaid(calls, interruptions)
        assert (len(findings), needed) == (1, 0)
