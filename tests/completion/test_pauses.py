"""How long the API asks to be left alone."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict

from bot.completion.pauses import pause_in, pause_of

NOON = 1_792_584_000.0
"""Wed, 21 Oct 2026 12:00:00 GMT."""


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"Retry-After-Ms": "1500"}, 1.5),
        ({"Retry-After-Ms": "250", "Retry-After": "7"}, 0.25),
        ({"Retry-After-Ms": "soon", "Retry-After": "7"}, 7.0),
        ({"Retry-After": "Wed, 21 Oct 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Wednesday, 21-Oct-26 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Wed Oct 21 12:00:30 2026"}, 30.0),
        ({"Retry-After": "Wed, 21 Oct 2026 11:59:00 GMT"}, None),
        # A server whose clock is an hour ahead of ours.
        ({"Retry-After": "Wed, 21 Oct 2026 13:00:30 GMT", "Date": "Wed, 21 Oct 2026 13:00:00 GMT"}, 30.0),
        *(
            ({"Retry-After": told}, None)
            for told in ("-1", "0", "inf", "nan", "", "soon", "Wed, 99 Oct 2026 12:00:30 GMT")
        ),
    ],
)
def test_headers_say_it_in_seconds_milliseconds_or_as_a_date(
    headers: dict[str, str], pause: float | None
) -> None:
    """What is neither counts as unsaid."""
    assert pause_of(CIMultiDict(headers), now=NOON) == pause


@pytest.mark.parametrize(
    ("name", "value", "pause"),
    [
        ("retry_after", 3, 3.0),
        ("retry_after", "2.5", 2.5),
        ("retry_after_ms", 500, 0.5),
        ("retrydelay", "19s", 19.0),
        ("retrydelay", "19.5s", 19.5),
        ("retrydelay", "250ms", 0.25),
        *(
            ("retry_after", told, None)
            for told in (None, True, 0, -1, 10**400, float("nan"), "soon", [3], "s")
        ),
        ("after", 3, None),
    ],
)
def test_bodies_say_it_under_several_names(name: str, value: object, pause: float | None) -> None:
    """With or without a unit."""
    assert pause_in([("message", "7s"), (name, value)]) == pause
