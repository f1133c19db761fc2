"""Records what passes between a client and a stand-in as JSON lines, and applies the faults to it.

One line an exchange:
`{"api", "method", "path", "status", "request", "response", "events"}`; `path` is without the API's prefix
and the query; a multipart request is its `payload_json`; `events` are the chunks of a streamed answer.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Literal, cast

from aiohttp import web

from sandbox.faults import CUT_AFTER, CuttableResponse, DroppedError, Faults

if TYPE_CHECKING:
    from pathlib import Path

    from aiohttp.typedefs import Handler, Middleware

Api = Literal["discord", "openroute"]

BODY: web.RequestKey[object] = web.RequestKey("body", object)
"""Where a handler leaves the parsed body of the request."""

EVENTS: web.RequestKey[list[object]] = web.RequestKey("events", list)
"""Where a handler leaves the chunks it streamed."""

_PREFIX = re.compile(r"/api/v\d+(?=/)")
_LONGEST_AUDIO = 4096
_AUDIO_STUB = 64  # a multiple of four, so what stays is still base64


def bare_path(path: str) -> str:
    """A path without the API's prefix: `/api/v10/users/@me` is `/users/@me`."""
    return _PREFIX.sub("", path, count=1)


class Recorder:
    """Appends exchanges to a file that several processes may share."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(
        self,
        api: Api,
        *,
        method: str,
        path: str,
        status: int,
        request: object,
        response: object,
        events: list[object] | None = None,
    ) -> None:
        """Append one line, in a single write, so that lines of several processes never mix."""
        exchange = {
            "api": api,
            "method": method,
            "path": path,
            "status": status,
            "request": _shortened(request),
            "response": response,
            "events": events or [],
        }
        line = json.dumps(exchange, separators=(",", ":")).encode() + b"\n"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)


def traffic_middleware(api: Api, recorder: Recorder | None, faults: Faults) -> Middleware:
    """A middleware that applies the faults, and records what the stand-in answers below the API's prefix.

    The answer of a fault is not recorded: it does not show what the API is like. Handlers that stream use
    `CuttableResponse`.
    """

    @web.middleware
    async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = faults.take(request.method, bare_path(request.path))
        if fault is not None and fault.hold is not None:
            await fault.hold.wait()
        if fault is not None and fault.replaces_answer and not fault.after_handling:
            return await _sent(request, fault.answer(), fault.cut_after)
        if fault is not None and fault.cut_after is not None:
            request[CUT_AFTER] = fault.cut_after
        response = await _handled(request, handler)
        if recorder is not None and _PREFIX.match(request.path):
            recorder.record(
                api,
                method=request.method,
                path=bare_path(request.path),
                status=response.status,
                request=request.get(BODY),
                response=_json_of(response),
                events=request.get(EVENTS),
            )
        if fault is not None and fault.replaces_answer:
            response = fault.answer()
        return await _sent(request, response, fault.cut_after if fault else None)

    return pass_through


async def _handled(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except DroppedError:
        return web.Response()


async def _sent(
    request: web.Request, response: web.StreamResponse, cut_after: int | None
) -> web.StreamResponse:
    """The response, its body cut off where the fault says so; a streamed one has done that already."""
    transport = request.transport
    if cut_after is None or transport is None or response.prepared:
        return response
    if cut_after == 0:
        transport.close()
        return response
    body = response.body if isinstance(response, web.Response) else None
    if not isinstance(body, bytes):
        return response
    request[CUT_AFTER] = cut_after
    cut = CuttableResponse(request, status=response.status, headers=response.headers)
    cut.content_length = len(body)
    try:
        await cut.prepare(request)
        await cut.write(body)
    except DroppedError:
        pass
    return cut


def _json_of(response: web.StreamResponse) -> object:
    if not isinstance(response, web.Response) or response.content_type != "application/json":
        return None
    return json.loads(response.text) if response.text else None


def _shortened(value: object) -> object:
    """The value with audio left out: of a long base64 text under `data` only the beginning is kept."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {
            key: item[:_AUDIO_STUB]
            if key == "data" and isinstance(item, str) and len(item) > _LONGEST_AUDIO
            else _shortened(item)
            for key, item in fields.items()
        }
    if isinstance(value, list):
        return [_shortened(item) for item in cast("list[object]", value)]
    return value
