"""The stand-in's page in a real browser, as tests open it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from sandbox.browser import BINARY, browsing, problems_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Browser, Page

    from sandbox.discord import Discord, User

PATIENCE_MS = 20_000
"""Until what must show up counts as missing; a green run never gets near."""

expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def a_browser(*arguments: str) -> AsyncGenerator[Browser]:
    """A browser; the test is skipped where there is none."""
    if BINARY is None:
        pytest.skip("there is no Chromium on this machine")
    async with browsing(*arguments) as browser:
        yield browser


@asynccontextmanager
async def opened(browser: Browser, discord: Discord, person: User) -> AsyncGenerator[Page]:
    """The page, for somebody who is that person. At the end nothing has gone wrong on it, and it has asked nobody else."""
    async with await browser.new_context(
        viewport={"width": 1200, "height": 760},
        color_scheme="dark",
        locale="en-GB",
        timezone_id="Asia/Tokyo",
    ) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        problems = problems_of(page, f"http://{discord.cdn_host}")
        await page.goto(f"http://{discord.cdn_host}/?as={person.id}")
        await page.locator("#channel .title .name").wait_for()
        yield page
        assert problems == []


async def nothing_hinders(page: Page) -> None:
    """Axe finds nothing of the page hard to use for people who see, hear or move otherwise."""
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
