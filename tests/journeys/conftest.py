"""A stage for each journey."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_database import fleet_url
from tests.journeys.forked import ForkServer
from tests.journeys.stage import Stage, opened, surroundings
from tests.postgres import postgres, postgres_url

__all__ = ["fleet_url", "postgres", "postgres_url"]

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer | None]:
    """What bots are forked from; None where a process that has loaded as much can't be forked without harm."""
    if sys.platform != "linux":
        yield None
        return
    with ForkServer.started(surroundings()) as server:
        yield server


@pytest.fixture
async def stage(
    tmp_path: Path, pytestconfig: pytest.Config, fork_server: ForkServer | None
) -> AsyncGenerator[Stage]:
    """Both stand-ins with scripted answers; the test starts the bot."""
    record = pytestconfig.getoption("--record")
    async with opened(tmp_path, record=record, fork_server=fork_server) as stage:
        yield stage
