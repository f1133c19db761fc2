"""Serves the page over HTTP: its files, its patches as Server-Sent Events, and attachments."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.page import patches

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from sandbox.discord.changes import Change
    from sandbox.discord.state import Json
    from sandbox.discord.world import World

_FOLDER = Path(__file__).parent
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_FILES = {path.name: path for path in _FOLDER.iterdir() if path.suffix in _TYPES}
_AUDIO = re.compile(r"audio/[\w.+-]+")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Page:
    """Shows a world to everyone who has the page open, and never changes it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._viewers: set[asyncio.Queue[Json | None]] = set()
        world.changes.listen(self._pass_on)

    def mount(self, app: web.Application) -> None:
        """Add the page to `app` as its first middleware, so that faults, log, limits and recorder never see its requests."""
        app.middlewares.insert(0, self._door())
        app.on_shutdown.append(self._say_goodbye)

    def _door(self) -> Middleware:
        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            match request.method, request.path.split("/"):
                case "GET", ["", ""]:
                    response = _file("page.html")
                case "GET", ["", "favicon.ico"]:
                    response = web.Response(status=204)
                case "GET", ["", "page", "events"]:
                    return await self._tell(request)
                case "GET", ["", "page", "attachments", number]:
                    response = self._attachment(request, number)
                case "GET", ["", "page", name] if name in _FILES:
                    response = _file(name)
                case _:
                    return await handler(request)
            response.headers.update(_HEADERS)
            return response

        return answer

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events: the world as it is, then each change, until either side leaves."""
        waiting: asyncio.Queue[Json | None] = asyncio.Queue()
        # Nothing is awaited between the two, so no change is missed or told twice.
        waiting.put_nowait(patches.everything(self._world))
        self._viewers.add(waiting)
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        try:
            with suppress(ConnectionResetError):
                await response.prepare(request)
                while (patch := await waiting.get()) is not None:
                    await response.write(b"data: %b\n\n" % json.dumps(patch).encode())
        finally:
            self._viewers.discard(waiting)
        return response

    def _pass_on(self, change: Change) -> None:
        if self._viewers and (patch := patches.patch(change, self._world)) is not None:
            for waiting in self._viewers:
                waiting.put_nowait(patch)

    async def _say_goodbye(self, _: web.Application) -> None:
        """End the event streams at shutdown: the server would wait for them, and they end by nothing else."""
        for waiting in self._viewers:
            waiting.put_nowait(None)

    def _attachment(self, request: web.Request, number: str) -> web.StreamResponse:
        """An attachment, or the byte range asked for. Only audio is played; browsers save everything else to disk."""
        files = self._world.attachments.values()
        found = next((item for item in files if str(item.id) == number and not item.ephemeral), None)
        if found is None:
            return web.Response(status=404)
        wanted = "Range" in request.headers
        try:
            part = range(len(found.data))[request.http_range]
        except ValueError:
            part = range(0)
        if wanted and not part:
            return web.Response(status=416)
        claimed = found.upload.content_type or ""
        headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if _AUDIO.fullmatch(claimed):
            headers["Content-Type"] = claimed
        else:
            headers["Content-Disposition"] = "attachment"
        if wanted:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(found.data)}"
        return web.Response(
            status=206 if wanted else 200, body=found.data[part.start : part.stop], headers=headers
        )


def _file(name: str) -> web.StreamResponse:
    path = _FILES[name]
    return web.FileResponse(path, headers={"Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8"})
