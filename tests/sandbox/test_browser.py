"""The browser under control: pictures, and what is said when something goes wrong."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from sandbox import browser
from sandbox.browser import BINARY, BrowserError, browsing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sandbox.browser import Tab

PAGE = "<title>T</title><style>div { width: 120px; height: 40px; background: teal }</style><div id=box></div>"


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    """A browser with a small page."""
    if BINARY is None:
        pytest.skip("there is no Chromium on this machine")
    async with browsing() as tab:
        await tab.open(f"data:text/html,{PAGE}")
        yield tab


async def test_a_picture_shows_an_element(tab: Tab) -> None:
    """It is a PNG of the element's size."""
    await tab.dress(width=300, height=200)
    assert await tab.look("[innerWidth, innerHeight]") == [300, 200]
    picture = await tab.picture("#box")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (120, 40)


@pytest.mark.parametrize("dark", [True, False])
async def test_it_prefers_what_a_person_prefers(tab: Tab, dark: bool) -> None:  # noqa: FBT001 - a parameter
    """Pages are told whether dark or light is wanted."""
    await tab.dress(width=300, height=200, scheme="dark" if dark else "light")
    assert await tab.look("matchMedia('(prefers-color-scheme: dark)').matches") is dark


async def test_waiting_ends_with_what_is_looked_for(tab: Tab) -> None:
    """What is looked for may change the page itself."""
    looked = "(document.title += '.') && document.title.length > 3 && document.title"
    assert await tab.until(looked) == "T..."
    assert await tab.look("document.title") == "T..."


async def test_what_never_comes_is_told_with_what_is_there(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the expression and the page's text."""
    monkeypatch.setattr(browser, "PATIENCE", 0.05)
    await tab.look("document.querySelector('#box').textContent = 'Nothing yet'")
    with pytest.raises(BrowserError, match=r"never true: 1 > 2; the page shows:\nNothing yet"):
        await tab.until("1 > 2")


async def test_what_the_page_throws_is_raised(tab: Tab) -> None:
    """So is what the protocol refuses."""
    with pytest.raises(BrowserError, match="oh dear"):
        await tab.look("(() => { throw new Error('oh dear') })()")
    with pytest.raises(BrowserError, match=r"Page\.nothing"):
        await tab.call("Page.nothing")


async def test_without_a_browser_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what is looked for."""
    monkeypatch.setattr(browser, "BINARY", None)
    with pytest.raises(BrowserError, match="There is no Chromium on this machine; its name would be one of"):
        async with browsing():
            pass
