"""Serves the page over HTTP: its files, its patches as Server-Sent Events, attachments, and what people do there."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aiohttp import web

from sandbox.discord.page import patches, sight
from sandbox.discord.page.acts import Acts, Files
from sandbox.discord.page.guard import comes_from_here
from sandbox.discord.people import CannotUseError
from sandbox.discord.state import Upload

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from sandbox.discord.changes import Change
    from sandbox.discord.people import People
    from sandbox.discord.state import Json, User

_log = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent / "files"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_FILES = {path.relative_to(_FOLDER).as_posix(): path for path in _FOLDER.rglob("*") if path.suffix in _TYPES}
_SHOWN = re.compile(r"(?:audio/[\w.+-]+)|image/(?:png|jpeg|gif|webp)")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Page:
    """Shows a world to everyone who has the page open, and acts for the person they chose to be.

    `about` is a sentence or two that stand on it: what its reader should know of this stand-in.
    """

    def __init__(self, people: People) -> None:
        self.about = ""
        self._world = people.world
        self._acts = Acts(people)
        self._viewers: dict[asyncio.Queue[Json | None], User] = {}
        self._world.changes.listen(self._pass_on)

    def mount(self, app: web.Application) -> None:
        """Add the page to `app` as its first middleware, so that faults, log, limits and recorder never see its requests."""
        app.middlewares.insert(0, self._door())
        app.on_shutdown.append(self._say_goodbye)

    def _door(self) -> Middleware:
        @web.middleware
        async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
            path = request.path
            if path not in ("/", "/favicon.ico") and not path.startswith("/page/"):
                return await handler(request)
            if not comes_from_here(request):
                response = web.Response(status=403, text="This page is for this machine alone.")
            elif (request.method, path) == ("GET", "/page/events"):
                return await self._tell(request)
            else:
                response = await self._respond(request)
            if response is None:
                return await handler(request)
            response.headers.update(_HEADERS)
            return response

        return answer

    async def _respond(self, request: web.Request) -> web.StreamResponse | None:
        """What is at an address; None for what the page does not have."""
        match request.method, request.path.split("/")[1:]:
            case "GET", [""]:
                return _file("page.html")
            case "GET", ["favicon.ico"]:
                return web.Response(status=204)
            case "GET", ["page", "attachments", number]:
                return self._attachment(request, number)
            case "POST", ["page", "acts"]:
                return await self._act(request)
            case "GET", ["page", *rest] if "/".join(rest) in _FILES:
                return _file("/".join(rest))
            case _:
                return None

    async def _act(self, request: web.Request) -> web.Response:
        """Do something as one of the people: what comes of it, or a `problem` to be shown."""
        try:
            act, files = await _read(request)
            return web.json_response(await self._acts.do(act, files))
        except CannotUseError as error:
            return web.json_response({"problem": str(error)})
        except (KeyError, TypeError, ValueError):
            _log.exception("the page sent what it should not")
            return web.json_response({"problem": "The page sent what it should not."}, status=400)

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """Server-Sent Events: what a person sees of the world, then each change, until either side leaves."""
        viewer = self._viewer(request)
        if viewer is None:
            return web.Response(status=404, headers=_HEADERS)
        waiting: asyncio.Queue[Json | None] = asyncio.Queue()
        # Nothing is awaited between the two, so no change is missed or told twice.
        waiting.put_nowait(patches.everything(self._world, viewer, self.about))
        self._viewers[waiting] = viewer
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        try:
            with suppress(ConnectionResetError):
                await response.prepare(request)
                while (patch := await waiting.get()) is not None:
                    await response.write(b"data: %b\n\n" % json.dumps(patch).encode())
        finally:
            del self._viewers[waiting]
        return response

    def _viewer(self, request: web.Request) -> User | None:
        """Who looks at it: the person with the id that is asked for, or the first there is."""
        people = sight.people(self._world)
        wanted = [user for user in people if str(user.id) == request.query.get("as")]
        return next(iter(wanted or people), None)

    def _pass_on(self, change: Change) -> None:
        for waiting, viewer in self._viewers.items():
            if patches.changes_sight(change):
                waiting.put_nowait(patches.everything(self._world, viewer, self.about))
            elif (patch := patches.patch(change, self._world, viewer)) is not None:
                waiting.put_nowait(patch)

    async def _say_goodbye(self, _: web.Application) -> None:
        """End the event streams at shutdown: the server would wait for them, and they end by nothing else."""
        for waiting in self._viewers:
            waiting.put_nowait(None)

    def _attachment(self, request: web.Request, number: str) -> web.StreamResponse:
        """An attachment, or the byte range asked for. Browsers save all but sound and pictures to disk."""
        viewer = self._viewer(request)
        found = sight.attachment(self._world, viewer, number) if viewer else None
        if found is None:
            return web.Response(status=404)
        wanted = "Range" in request.headers
        try:
            part = range(len(found.data))[request.http_range]
        except ValueError:
            part = range(0)
        if wanted and not part:
            return web.Response(status=416)
        claimed = sight.media_type(found.upload)
        headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if _SHOWN.fullmatch(claimed):
            headers["Content-Type"] = claimed
        else:
            headers["Content-Disposition"] = "attachment"
        if wanted:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(found.data)}"
        return web.Response(
            status=206 if wanted else 200, body=found.data[part.start : part.stop], headers=headers
        )


async def _read(request: web.Request) -> tuple[Json, Files]:
    """A form with the field `act` (JSON) and files, each in a field named for what it is."""
    act: Json = {}
    files: Files = {}
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files.setdefault(name, []).append(Upload(value.filename, value.file.read(), value.content_type))
        elif name == "act" and isinstance(value, str):
            act = cast("Json", json.loads(value))
    return act, files


def _file(name: str) -> web.StreamResponse:
    path = _FILES[name]
    return web.FileResponse(path, headers={"Content-Type": f"{_TYPES[path.suffix]}; charset=utf-8"})
