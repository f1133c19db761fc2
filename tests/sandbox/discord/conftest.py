"""Fixtures: the stand-in running, a plain HTTP client of it, and a scene with a server, a channel and a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest

from sandbox.discord import Discord
from sandbox.traffic import Recorder
from tests.page import a_browser, opened
from tests.sandbox.discord.clients import Clock, Http, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Page


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


@pytest.fixture
async def page(sandbox: Discord, scene: Scene) -> AsyncIterator[Page]:
    """The page in a browser, for ann. At the end the stand-in has recorded none of its requests."""
    async with a_browser() as browser, opened(browser, sandbox, scene.ann) as page:
        yield page
    assert sandbox.calls == []
    assert sandbox.unknown == []
