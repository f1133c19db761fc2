"""Which hosts are this machine or its own network."""

from __future__ import annotations

import pytest

from bot.hosts import is_loopback, is_private


@pytest.mark.parametrize(
    ("host", "private", "loopback"),
    [
        ("127.0.0.1", True, True),
        ("127.8.8.8", True, True),
        ("::1", True, True),
        ("localhost", True, True),
        ("192.168.1.7", True, False),
        ("recogniser", True, False),
        ("8.8.8.8", False, False),
        ("localhost.evil.example", False, False),
        ("127.0.0.1.evil.example", False, False),
    ],
)
def test_which_hosts_are_near(host: str, *, private: bool, loopback: bool) -> None:
    """Plain http is for them alone."""
    assert (is_private(host), is_loopback(host)) == (private, loopback)
