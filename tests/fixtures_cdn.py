"""A file server that does what it is told, for what a well-behaved one never does."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Told:
    """What the CDN answers one request with."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    cut: bool = False
    """Drop the connection half way."""
    announced: bool = True
    """Whether the length is in the header."""


class Cdn:
    """A file server that answers what it is told to, in turn; every request is noted."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.gates: dict[str, asyncio.Event] = {}
        """By path: that file does not come before its event is set."""
        self.asked: list[str] = []
        self.reached: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """By path: set when that file is asked for."""
        self.headers: list[dict[str, str]] = []
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._runner = web.AppRunner(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.headers.append(dict(request.headers))
        self.reached[request.path].set()
        if gate := self.gates.get(request.path):
            await gate.wait()
        told = self.told.pop(0)
        response = web.StreamResponse(status=told.status, headers=told.headers)
        if told.announced:
            response.content_length = len(told.body)
        await response.prepare(request)
        # Who has heard enough hangs up.
        with contextlib.suppress(ConnectionResetError):
            await response.write(told.body[: len(told.body) // 2])
            if told.cut:
                assert request.transport is not None
                request.transport.close()
                return response
            await response.write(told.body[len(told.body) // 2 :])
        return response

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        # The server does not end before its answers do.
        for gate in self.gates.values():
            gate.set()
        await self._runner.cleanup()

    @property
    def host(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._runner.addresses[0][1]}"
