"""When to try again: decided without time or network."""

from __future__ import annotations

import pytest

from bot import errors
from bot.retry import ATTEMPTS, LONGEST_WAIT, wait_before

BUSY = errors.EndpointBusy("503")


def test_waits_double() -> None:
    """From half a second on, with up to half as much again so that many do not come back at once."""
    shortest = [wait_before(n, BUSY, jitter=lambda: 0.0) for n in range(2, ATTEMPTS + 1)]
    longest = [wait_before(n, BUSY, jitter=lambda: 1.0) for n in range(2, ATTEMPTS + 1)]
    assert shortest == [0.5, 1.0, 2.0]
    assert longest == [0.75, 1.5, 3.0]
    assert len({wait_before(2, BUSY) for _ in range(20)}) > 1


def test_attempts_are_numbered() -> None:
    """After the last there is none."""
    assert wait_before(ATTEMPTS + 1, BUSY) is None


@pytest.mark.parametrize(
    ("asked", "wait"),
    [(0.1, 0.5), (7.0, 7.0), (LONGEST_WAIT, LONGEST_WAIT), (31.0, None), (float("inf"), None)],
)
def test_a_pause_asked_for_is_kept_or_given_up(asked: float, wait: float | None) -> None:
    """Never cut short; who asks for too long a one is not waited for."""
    assert wait_before(2, errors.DownloadFailed("429", retry_after=asked), jitter=lambda: 0.0) == wait


@pytest.mark.parametrize("error", [errors.NoSpeech(), errors.KeyRefused("401"), RuntimeError()])
def test_only_what_passes_is_tried_again(error: Exception) -> None:
    """A refusal or a fault would come again."""
    assert all(wait_before(n, error) is None for n in range(1, 5))
