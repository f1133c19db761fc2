"""The fixtures of tests that look at the page: as all have them, in the loop that the browser lives in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import pytest_asyncio

from sandbox.discord import Discord
from sandbox.traffic import Recorder
from tests.page import opened
from tests.sandbox.discord.clients import Clock, Http, Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Browser, Page


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(tmp_path: Path, clock: Clock) -> AsyncIterator[Discord]:
    """The stand-in, on a clock the test moves. At the end no request may have been for a route it does not have."""
    async with Discord(Recorder(tmp_path / "traffic.jsonl"), clock=clock) as discord:
        yield discord
        assert discord.unknown == []


@pytest_asyncio.fixture(loop_scope="session")
async def http(sandbox: Discord) -> AsyncIterator[Http]:
    """A plain HTTP client of the stand-in."""
    async with aiohttp.ClientSession() as session:
        yield Http(session, sandbox)


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, sandbox: Discord, scene: Scene) -> AsyncIterator[Page]:
    """The page in a browser, for ann. At the end the stand-in has recorded none of its requests."""
    async with opened(browser, sandbox, scene.ann) as page:
        yield page
    assert sandbox.calls == []
    assert sandbox.unknown == []
