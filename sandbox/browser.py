"""Runs a real browser (Debian's Chromium, through Playwright) for the tests of the page and for pictures of it."""

from __future__ import annotations

import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from playwright.async_api import Error, async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from playwright.async_api import Browser, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BINARY = next(filter(None, map(shutil.which, _NAMES)), None)

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class BrowserError(Exception):
    """There is no browser on this machine, or it does not start."""


@asynccontextmanager
async def browsing(*arguments: str) -> AsyncGenerator[Browser]:
    """A browser with no way to the internet; `arguments` are added to its command line.

    Raises:
        BrowserError: there is none on this machine, or it does not start.
    """
    if BINARY is None:
        raise BrowserError(
            f"There is no Chromium on this machine; its name would be one of {', '.join(_NAMES)}."
        )
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=BINARY, args=[*_ARGUMENTS, *arguments], chromium_sandbox=False
            )
        except Error as error:
            raise BrowserError(f"The browser did not start: {error.message}") from error
        try:
            yield browser
        finally:
            await browser.close()


def problems_of(page: Page, origin: str) -> Sequence[str]:
    """A list that grows with what goes wrong on a page: exceptions, errors in its console, requests to other origins."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith((origin, "data:")) else problems.append(request.url),
    )
    return problems
