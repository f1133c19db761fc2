"""A stage for each journey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.stage import Stage, opened
from tests.postgres import postgres, postgres_url

__all__ = ["postgres", "postgres_url"]

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest.fixture
async def stage(tmp_path: Path, pytestconfig: pytest.Config) -> AsyncGenerator[Stage]:
    """Both stand-ins with scripted answers; the test starts the bot."""
    async with opened(tmp_path, record=pytestconfig.getoption("--record")) as stage:
        yield stage
