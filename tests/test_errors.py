"""What the log says of an error: the numbers and names it carries."""

from __future__ import annotations

import pytest

from bot import errors


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.TooLong(limit=10_800.0, seconds=14_425.4), "longer than 10800 s"),
        (errors.TooLarge(limit=500_000, size=600_000), "larger than 500000 bytes"),
        (errors.Forbidden("Send Messages"), "Send Messages"),
        (errors.EndpointBusy("status 503", retry_after=3.0), "status 503"),
    ],
)
def test_an_error_tells_what_it_carries(error: errors.EarshotError, told: str) -> None:
    """In a few words, for the one line a note ends in."""
    assert str(error) == told
