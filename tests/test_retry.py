"""When to try again: decided without time or network."""

from __future__ import annotations

import pytest

from bot import errors
from bot.retry import later, wait_before, with_retries

ATTEMPTS = 4
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
    [(0.1, 0.5), (7.0, 7.0), (30.0, 30.0), (30.1, None), (float("inf"), None)],
)
def test_a_pause_asked_for_is_kept_or_given_up(asked: float, wait: float | None) -> None:
    """Never cut short; who asks for too long a one is not waited for."""
    assert wait_before(2, errors.DownloadFailed("429", retry_after=asked), jitter=lambda: 0.0) == wait


@pytest.mark.parametrize("error", [errors.NoSpeech(), errors.KeyRefused("401"), RuntimeError()])
def test_only_what_passes_is_tried_again(error: Exception) -> None:
    """A refusal or a fault would come again."""
    assert all(wait_before(n, error) is None for n in range(1, 5))


@pytest.mark.parametrize(
    ("age", "asked", "shortest", "longest"),
    [
        (0, None, 5, 6.25),
        (60, None, 30, 37.5),
        (86_400, None, 300, 375),
        (0, 90.0, 90, 90),
        (60, 1.0, 30, 37.5),
        (0, 1e9, 3600, 3600),
    ],
)
def test_what_waits_is_left_alone_longer_each_time(
    age: float, asked: float | None, shortest: float, longest: float
) -> None:
    """By how old the note is, up to five minutes and a quarter; a pause asked for is kept, up to an hour."""
    error = errors.EndpointBusy("503", retry_after=asked)
    assert later(age, error, jitter=lambda: 0.0) == shortest
    assert later(age, error, jitter=lambda: 1.0) == longest


class Worker:
    """Fails in the ways it is told to, then succeeds."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.pauses: list[float] = []

    async def __call__(self) -> str:
        """One attempt."""
        if self.failures:
            raise self.failures.pop(0)
        return "done"

    async def pause(self, seconds: float) -> None:
        """Written down instead of waited."""
        self.pauses.append(seconds)


async def test_work_is_tried_until_it_is_done() -> None:
    """With the pauses decided above between the attempts."""
    work = Worker(BUSY, errors.DownloadFailed("429", retry_after=9.0))
    assert await with_retries(work, sleep=work.pause) == "done"
    assert 0.5 <= work.pauses[0] <= 0.75
    assert work.pauses[1] == 9.0


@pytest.mark.parametrize(
    ("failures", "attempts"),
    [
        ([errors.EndpointBusy(str(n)) for n in range(9)], ATTEMPTS),
        ([BUSY, errors.KeyRefused("401"), BUSY], 2),
        ([LookupError(), BUSY], 1),
        ([errors.EndpointBusy("503", retry_after=3600.0), BUSY], 1),
    ],
)
async def test_the_error_that_ends_the_trying_is_raised_as_it_is(
    failures: list[Exception], attempts: int
) -> None:
    """The last passing one, or the first that does not pass."""
    work = Worker(*failures)
    with pytest.raises(type(failures[attempts - 1])) as raised:
        await with_retries(work, sleep=work.pause)
    assert raised.value is failures[attempts - 1]
    assert len(work.pauses) == attempts - 1
