"""Faults a test asks a stand-in for: error answers, broken connections, answers that are held back.

A fault is added with the requests it is for. It happens to the next so many of them and counts that; one with
`times=None` goes on for ever, and with a `share` below 1 it happens to each request by chance.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

CUT_AFTER: web.RequestKey[int] = web.RequestKey("cut_after", int)
"""How many bytes of the answer's body the client is to get before its connection is dropped."""


class DroppedError(ConnectionError):
    """The connection was dropped on purpose: nothing more can be sent."""


@dataclass(slots=True, eq=False)
class Fault:
    """What goes wrong with the next `times` requests that match, or with all of them if that is None."""

    method: str
    path: re.Pattern[str]
    times: int | None
    share: float = 1.0
    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut_after: int | None = None
    hold: asyncio.Event | None = None
    after_handling: bool = False
    used: int = 0
    met: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it has happened to the first request."""

    @property
    def replaces_answer(self) -> bool:
        """Whether the client gets this fault's own answer."""
        return self.status is not None or self.body is not None

    def answer(self) -> web.Response:
        """The answer sent instead of the stand-in's own (status 200 when only a body was given)."""
        headers = dict(self.headers)
        if self.body is not None:
            headers.setdefault("Content-Type", "application/json")
        return web.Response(status=self.status or 200, body=self.body, headers=headers)


class Faults:
    """The faults still to happen, tried in the order they were added. `chance` decides for those with a `share`."""

    def __init__(self, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()  # noqa: S311 - no secret
        self._waiting: list[Fault] = []

    def add(
        self,
        method: str,
        path_regex: str,
        *,
        times: int | None = 1,
        share: float = 1.0,
        status: int | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        cut_after: int | None = None,
        hold: asyncio.Event | None = None,
        after_handling: bool = False,
    ) -> Fault:
        """Add a fault for the next `times` requests to a path.

        Args:
            method: The HTTP method, or "*" for any.
            path_regex: Must match the whole path, without the API's prefix (`/api/v10`) and the query.
            times: To how many requests it happens; None: without end.
            share: The probability that it happens to such a request (1: to every one).
            status: Answer with this instead of handling the request.
            body: The body of that answer: bytes or text as they are, anything else as JSON.
            headers: The headers of that answer.
            cut_after: Drop the connection after this many bytes of the body. 0: not even a status line
                arrives, though the request was handled.
            hold: The request is not handled until this event is set.
            after_handling: With `status` or `body`: handle the request first, so that it has its effect
                and only the answer is wrong.
        """
        fault = Fault(
            method=method.upper(),
            path=re.compile(path_regex),
            times=times,
            share=share,
            status=status,
            body=_encoded(body),
            headers=dict(headers or {}),
            cut_after=cut_after,
            hold=hold,
            after_handling=after_handling,
        )
        self._waiting.append(fault)
        return fault

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that is to happen to this request, counted as used; None if there is none."""
        for fault in self._waiting:
            if fault.method not in ("*", method.upper()) or not fault.path.fullmatch(path):
                continue
            if self._chance.random() >= fault.share:
                continue
            fault.used += 1
            fault.met.set()
            if fault.used == fault.times:
                self._waiting.remove(fault)
            return fault
        return None

    def clear(self) -> None:
        """Forget all faults."""
        self._waiting.clear()


class CuttableResponse(web.StreamResponse):
    """A streamed answer that a fault's `cut_after` can break off; every handler that streams uses it."""

    def __init__(
        self, request: web.BaseRequest, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status=status, headers=headers)
        self._left: int | None = request.get(CUT_AFTER)
        self._transport = request.transport

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send the part of `data` that may still pass.

        Raises:
            DroppedError: the cut was reached and the connection is closed.
        """
        if self._left is None:
            await super().write(data)
            return
        passing = data[: self._left]
        self._left -= len(passing)
        if passing:
            await super().write(passing)
        if self._left == 0:
            if self._transport is not None:
                self._transport.close()
            raise DroppedError


def _encoded(body: object) -> bytes | None:
    match body:
        case None | bytes():
            return body
        case str():
            return body.encode()
        case _:
            return json.dumps(body).encode()
