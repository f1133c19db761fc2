"""The browser: what is told where there is none, and what is noticed on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import browser
from sandbox.browser import BrowserError, browsing, problems_of
from tests.page import a_browser

if TYPE_CHECKING:
    from pathlib import Path


async def test_without_a_browser_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what is looked for."""
    monkeypatch.setattr(browser, "BINARY", None)
    with pytest.raises(BrowserError, match="There is no Chromium on this machine; its name would be one of"):
        async with browsing():
            pass


async def test_one_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that is no browser."""
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(browser, "BINARY", str(program))
    with pytest.raises(BrowserError, match="The browser did not start"):
        async with browsing():
            pass


async def test_what_goes_wrong_on_a_page_is_noticed() -> None:
    """Exceptions, errors in the console, and requests to elsewhere, none of which get there."""
    async with a_browser() as browser:
        page = await browser.new_page()
        problems = problems_of(page, "http://127.0.0.1:1")
        await page.evaluate("console.error('oh dear'); setTimeout(() => { throw new Error('alas') })")
        await page.evaluate("fetch('https://example.org/').catch(() => {})")
        await page.evaluate("new Promise((resolve) => setTimeout(resolve))")
        told = " ".join(problems)
        assert "oh dear" in told
        assert "alas" in told
        assert "https://example.org/" in told
