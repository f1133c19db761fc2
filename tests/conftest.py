"""What all tests share."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# Every core has its tests already. The speech model would start a thread for each, and those wait for each other by turning
# round and round.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Nothing that is imported or collected is garbage.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--record FILE`: keep the traffic of the journeys with both stand-ins, a JSON line an exchange."""
    parser.addoption("--record", metavar="FILE", default=None, help="write the journeys' traffic to FILE")


def pytest_collection_finish() -> None:
    """What was collected stays until the end: thousands of tests, in which Python need not look for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()
