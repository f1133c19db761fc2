"""What processes hold more of than before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.postgres import free_port
from benchmarks.processes import UntoldError
from benchmarks.soak.watch import Bot, Held, growth, held, more

BEFORE = {"a: bot": Held(100.0, 5, 3, 7), "a: decoder": Held(10.0, 1, 0, 4), "b: bot": Held(50.0, 5, 3, 7)}
AFTER = {"a: bot": Held(104.0, 6, 3, 5), "a: decoder": Held(9.0, 1, 2, 4, 3), "a: chart": Held(1.0, 1, 1, 1)}


def test_growth_is_told_of_who_was_there_before() -> None:
    """In percent, by kind of process."""
    assert growth(BEFORE, AFTER) == pytest.approx({"a: bot": 4.0, "a: decoder": -10.0})


def test_what_is_left_over_is_counted() -> None:
    """Who holds less does not make up for who holds more."""
    assert {what: more(BEFORE, AFTER, what) for what in ("tasks", "connections", "files", "processes")} == {
        "tasks": 1,
        "connections": 2,
        "files": 0,
        "processes": 2,
    }


def test_a_bot_that_tells_nothing_is_not_taken_for_one_that_has_not_grown() -> None:
    """It is told that it could not be looked at."""
    waiting = [sys.executable, "-c", "input()"]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, start_new_session=True) as program:  # noqa: S603 - ourselves
        with pytest.raises(UntoldError, match="does not tell its figures"):
            held({"bot": Bot(program.pid, free_port())})
        program.kill()
