"""The supervisors of the bot's processes: what they start again, and when they give up."""

from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING

import pytest

from benchmarks.fleet import BrokenError, Fleet, Role, once

if TYPE_CHECKING:
    from pathlib import Path

WAITING = {
    "DISCORD_TOKEN": "a.b.c",
    "OPENROUTE_API_KEY": "key",
    # Nothing listens at this address, so the bot goes on trying.
    "DISCORD_API_URL": "http://127.0.0.1:9/api/v10",
    "OPENROUTE_BASE_URL": "http://127.0.0.1:9/api/v1",
}


async def test_who_is_killed_is_followed_by_another(tmp_path: Path) -> None:
    """After a kill the next process starts when the context ends, under a new name; all processes end when asked to."""
    fleet = Fleet((Role("bot", ("run",)),), WAITING, tmp_path, random.Random(1))  # noqa: S311
    async with fleet:
        [supervisor] = fleet.supervisors
        await asyncio.wait_for(supervisor.running.wait(), 10)
        assert supervisor.process_name == "bot.1"
        async with supervisor.killed():
            assert not supervisor.running.is_set()
        await asyncio.wait_for(supervisor.running.wait(), 10)
        assert supervisor.process_name == "bot.2"
    assert not supervisor.running.is_set()
    assert fleet.unexpected_exits == []
    for group in supervisor.groups:
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)


async def test_a_bot_that_ends_again_and_again_is_given_up(tmp_path: Path) -> None:
    """A bot that ends three times by itself raises an error with the end of its log, and the work meanwhile is cancelled."""
    fleet = Fleet((Role("bot", ("run",)),), {}, tmp_path, random.Random(1))  # noqa: S311
    async with fleet:
        with pytest.raises(BrokenError, match=r"bot\.3 ended by itself with status 2(.|\n)*DISCORD_TOKEN"):
            await fleet.during(asyncio.Event().wait())
    assert len(fleet.unexpected_exits) == 3


async def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    """A command that fails raises an error with its log."""
    with pytest.raises(BrokenError, match="OPENROUTE_API_KEY is not set"):
        await once(("transcribe", "note.ogg"), {}, tmp_path)
