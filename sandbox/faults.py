"""Trouble on request: refusals, broken connections, answers that take long.

A fault waits for its request, is used up by it and counts how often it happened. One without an end meets a share
of the requests, like bad weather.
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
    """One kind of trouble for the next `times` requests that match; for all to come if that is None."""

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
    """Set when the first request has met it."""

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
    """The faults still to happen, tried in the order they were added. `chance` decides who meets a share of them."""

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
        """Let the next `times` requests to a path go wrong.

        Args:
            method: The HTTP method, or "*" for any.
            path_regex: Must match the whole path, without the API's prefix (`/api/v10`) and the query.
            times: How many requests it meets; None: it never ends.
            share: The part of the requests to that path it meets, each by chance.
            status: Answer with this instead of handling the request.
            body: The body of that answer: bytes or text as they are, anything else as JSON.
            headers: The headers of that answer.
            cut_after: Drop the connection after this many bytes of the body. 0: not even a status line
                arrives, though the request was handled.
            hold: Nothing happens to the request until this event is set.
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
        """The fault that meets this request, counted as used; None if all goes well."""
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
        """Nothing goes wrong any more."""
        self._waiting.clear()


class CuttableResponse(web.StreamResponse):
    """A streamed answer that obeys `cut_after`; every handler that streams uses it."""

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
