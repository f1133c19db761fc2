"""Runs a real browser (Chromium) for the tests of the page and for pictures of it, over the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PATIENCE = 20.0
"""Seconds until what must show up counts as missing; a green run never gets near."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BINARY = next(filter(None, map(shutil.which, _NAMES)), None)

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
    "about:blank",
)

_PARSED = """
new Promise((resolve) => {
  if (document.readyState !== "loading") resolve();
  document.addEventListener("DOMContentLoaded", () => resolve());
})
"""

# Evaluated again at each change of the document, not by polling.
_UNTIL = """
new Promise((resolve) => {
  const look = () => {
    const found = (%s);
    if (found) {
      observer.disconnect();
      resolve(found);
    }
  };
  const observer = new MutationObserver(look);
  observer.observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
  look();
})
"""


class BrowserError(Exception):
    """There is no browser, it did not do what was asked, or the page never showed what was waited for."""


class Tab:
    """The browser's one tab. Its methods raise `BrowserError`."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, session: str = "") -> None:
        self._ws = ws
        self._session = {"sessionId": session} if session else {}
        self._numbers = count(1)
        self.problems: list[str] = []
        """Exceptions and blocked loads that the page's console reports."""

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """The result of a command of the protocol."""
        number = next(self._numbers)
        await self._ws.send_json({"id": number, "method": method, "params": params, **self._session})
        while True:
            reply = json.loads(await self._ws.receive_str())
            if reply.get("id") == number:
                if "error" in reply:
                    raise BrowserError(f"{method}: {reply['error']}")
                return reply["result"]
            self._note(reply)

    async def open(self, url: str) -> None:
        """Open an address; from then on `problems` collects what goes wrong on the page."""
        for domain in ("Runtime", "Log"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=url)
        await self.look(_PARSED)

    async def look(self, expression: str) -> Any:
        """Run JavaScript as if a person had clicked; returns its value, or that of the promise it returns."""
        reply = await self.call(
            "Runtime.evaluate",
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        if "exceptionDetails" in reply:
            raise BrowserError(str(reply["exceptionDetails"]))
        return reply["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Run JavaScript until its value is true, and return that."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.look(_UNTIL % expression)
        except TimeoutError:
            shown = await self.look("document.body.innerText")
            raise BrowserError(f"never true: {expression}; the page shows:\n{shown}") from None

    async def dress(self, *, width: int, height: int, scheme: Literal["dark", "light"] = "dark") -> None:
        """Give the page a size, in pixels, and the colours that a person has asked for."""
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", features=features)

    async def picture(self, selector: str) -> bytes:
        """What is seen of an element, as PNG."""
        box = await self.look(
            f"document.querySelector({json.dumps(selector)}).getBoundingClientRect().toJSON()"
        )
        clip = {name: box[name] for name in ("x", "y", "width", "height")} | {"scale": 1}
        taken = await self.call("Page.captureScreenshot", format="png", clip=clip)
        return base64.b64decode(taken["data"])

    def _note(self, event: dict[str, Any]) -> None:
        match event:
            case {"method": "Runtime.exceptionThrown", "params": {"exceptionDetails": details}}:
                self.problems.append(str(details))
            case {"method": "Log.entryAdded", "params": {"entry": entry}}:
                self.problems.append(f"{entry['text']} {entry.get('url', '')}")
            case _:
                pass


@asynccontextmanager
async def browsing() -> AsyncGenerator[Tab]:
    """A browser with an empty profile and no way to the internet; ended with all its processes.

    Raises:
        BrowserError: there is none on this machine, or it does not start.
    """
    if BINARY is None:
        raise BrowserError(
            f"There is no Chromium on this machine; its name would be one of {', '.join(_NAMES)}."
        )
    with tempfile.TemporaryDirectory(prefix="earshot-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            BINARY,
            f"--user-data-dir={profile}",
            *_ARGUMENTS,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stderr  # noqa: S101 - a pipe was asked for
        try:
            address = await _announced(process.stderr)
            chatter = asyncio.create_task(process.stderr.read())
            async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as ws:
                browser = Tab(ws)
                targets = (await browser.call("Target.getTargets"))["targetInfos"]
                page = next(target["targetId"] for target in targets if target["type"] == "page")
                attached = await browser.call("Target.attachToTarget", targetId=page, flatten=True)
                yield Tab(ws, attached["sessionId"])
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        await chatter


async def _announced(stderr: asyncio.StreamReader) -> str:
    """The address of the DevTools protocol, which the browser prints."""
    said = ""
    async with asyncio.timeout(PATIENCE):
        while line := (await stderr.readline()).decode():
            if line.startswith("DevTools listening on "):
                return line.removeprefix("DevTools listening on ").strip()
            said += line
    raise BrowserError(f"The browser did not start:\n{said}")
