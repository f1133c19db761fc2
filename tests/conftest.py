"""What all tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record FILE`: keep the traffic of the journeys with both stand-ins, a JSON line an exchange."""
    parser.addoption("--record", metavar="FILE", default=None, help="write the journeys' traffic to FILE")
