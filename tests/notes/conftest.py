"""What the tests of several modules here share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import storage
from bot.storage.asked import AskedBefore
from bot.storage.guild_settings import GuildSettings
from bot.storage.ledger import Ledger
from tests.fixtures_pipeline import opened
from tests.notes.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncGenerator[Desk]:
    """Nothing taken yet."""
    async with opened(tmp_path) as setup, storage.opened(f"sqlite:///{tmp_path}/a.db") as database:
        desk = Desk(setup, GuildSettings(database), Ledger(database), AskedBefore(database))
        yield desk
        await desk.close(20)
