"""Fixtures: the stand-in running, a plain HTTP client of it, and a scene with a server, a channel and a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio

from sandbox.discord import Discord
from sandbox.traffic import Recorder
from tests.page import a_browser
from tests.sandbox.discord.clients import Clock, Http, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser


@pytest.fixture
def clock() -> Clock:
    """A clock the test moves."""
    return Clock()


@pytest.fixture
async def sandbox(tmp_path: Path, clock: Clock) -> AsyncIterator[Discord]:
    """The stand-in, on a clock the test moves. At the end no request may have been for a route it does not have."""
    async with Discord(Recorder(tmp_path / "traffic.jsonl"), clock=clock) as discord:
        yield discord
        assert discord.unknown == []


@pytest.fixture
async def http(sandbox: Discord) -> AsyncIterator[Http]:
    """A plain HTTP client of the stand-in."""
    async with aiohttp.ClientSession() as session:
        yield Http(session, sandbox)


@pytest.fixture
def scene(sandbox: Discord) -> Scene:
    """A server with a channel and a member."""
    guild = sandbox.add_guild()
    ann = sandbox.add_user("ann")
    sandbox.add_member(guild, ann)
    return Scene(guild, sandbox.add_channel(guild), ann)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of the page, which run in the loop it lives in; what they open in it knows nothing of each other."""
    async with a_browser() as browser:
        yield browser
