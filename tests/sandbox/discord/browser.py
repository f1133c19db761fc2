"""Runs a real browser (Chromium) for the tests of the page, and controls it over the DevTools protocol."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import tempfile
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

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
    if (found) resolve(found);
  };
  new MutationObserver(look).observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true,
  });
  look();
})
"""


class Tab:
    """The browser's one tab."""

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
                assert "error" not in reply, reply["error"]
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
        assert "exceptionDetails" not in reply, reply["exceptionDetails"]
        return reply["result"].get("value")

    async def until(self, expression: str) -> Any:
        """Run JavaScript until its value is true, and return that."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self.look(_UNTIL % expression)
        except TimeoutError:
            shown = await self.look("document.body.innerText")
            raise AssertionError(f"never true: {expression}; the page shows:\n{shown}") from None

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
    """A browser with an empty profile and no way to the internet; ended with all its processes."""
    assert BINARY
    with tempfile.TemporaryDirectory(prefix="earshot-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            BINARY,
            f"--user-data-dir={profile}",
            *_ARGUMENTS,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stderr
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
    raise AssertionError(f"the browser did not start:\n{said}")
