"""Turns a response's bytes into JSON values: one for each event of a stream, or the one of a plain body. Both have limits."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from bot import errors
from bot.completion.events import FAILED, LONGEST, EventDecoder, LineDecoder
from bot.completion.shapes import mapping, sequence

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    import aiohttp

    from bot.completion.events import Event

END = object()
"""Stands after an answer's last value, where the server said that it was the last."""
_DONE = "[DONE]"
_BLOCK = 65_536
_MOST_BYTES = 64_000_000
"""Of one answer, unpacked: some hundred times what the longest text takes as chunks."""
_FIELD = re.compile(r"(?:data|event|id|retry|error|):|(?:data|event|id|retry)$")
"""How the lines of an event stream begin; no JSON value begins like one of them."""
_HEARTBEATS = {"ping", "[ping]", "pong", "heartbeat", "keepalive", "keep-alive", "keep_alive"}
"""Data, or names of events, that only keep a connection awake."""


async def values(response: aiohttp.ClientResponse) -> AsyncGenerator[Any]:
    """One for each event of a stream, or the one body; then `END` if it came.

    A failure that a stream tells by the name of an event or by a field becomes `{"error": …}`.

    Raises:
        EndpointBusy: it held what is no JSON, or did not end.
    """
    reader = Reader(labelled_stream=response.content_type == "text/event-stream")
    async with aclosing(_blocks(response)) as blocks:
        async for block in blocks:
            for value in reader.feed(block):
                yield value
                if value is END:
                    return
    for value in reader.end():
        yield value
        if value is END:
            return


async def whole(response: aiohttp.ClientResponse) -> bytes:
    """All of a body.

    Raises:
        EndpointBusy: it did not end.
    """
    body = bytearray()
    async for block in _blocks(response):
        body += block
        if len(body) > LONGEST:
            raise errors.EndpointBusy("a body without end")
    return bytes(body)


class Reader:
    """Tells an event stream from a body by its first line, since labels can be wrong, and reads either.

    Args:
        labelled_stream: whether the label says that it is an event stream; heard where the first line says nothing.
    """

    def __init__(self, *, labelled_stream: bool) -> None:
        self._labelled_stream = labelled_stream
        self._lines = LineDecoder()
        self._events: EventDecoder | None = None
        self._body: list[str] = []
        self._body_size = 0

    def feed(self, block: bytes) -> Iterator[Any]:
        """The values `block` completes.

        Raises:
            EndpointBusy: it held what is no JSON, or a line, an event or the body did not end.
        """
        for line in self._lines.feed(block):
            yield from self._line(line)

    def end(self) -> Iterator[Any]:
        """The values that were still to come, now that no block follows. Raises as `feed`."""
        if last := self._lines.end():
            yield from self._line(last)
        if self._events is None:
            yield from _values_of_body("\n".join(self._body))
        elif event := self._events.end():
            yield from _values_of(event)

    def _line(self, line: str) -> Iterator[Any]:
        # White space before a field or a value means nothing; there is none within either.
        line = line.lstrip()
        if self._events is None and not self._body:
            if not line:
                return
            if _FIELD.match(line) or (self._labelled_stream and not line.startswith(("{", "["))):
                self._events = EventDecoder(_alone)
        if self._events is None:
            self._body.append(line)
            self._body_size += len(line) + 1
            if self._body_size > LONGEST:
                raise errors.EndpointBusy("a body without end")
            return
        if event := self._events.feed(line):
            yield from _values_of(event)
        if self._events.data is not None and self._events.data.strip() == _DONE:
            # Some servers keep the connection open, and some send no blank line after it.
            yield from _values_of_rest(self._events)


def _values_of_rest(events: EventDecoder) -> Iterator[Any]:
    if event := events.end():
        yield from _values_of(event)


def _values_of(event: Event) -> Iterator[Any]:
    """What an event says: mostly one value."""
    if event.error:
        yield _failure(event.error)
    if event.stray.startswith(("{", "[")):
        yield from _values_in(event.stray)
    data = event.data.strip()
    if FAILED.search(event.type):
        yield _failure(data)
    elif data and not {data.lower(), event.type.lower()} & _HEARTBEATS:
        yield from _values_in(data)


def _values_in(text: str) -> Iterator[Any]:
    """The value that `text` is; or, where events were not kept apart, that of each line."""
    try:
        if text != _DONE:
            yield from _each(_parsed(text))
            return
    except errors.EndpointBusy:
        if "\n" not in text and not text.startswith("data:"):
            raise
    for line in filter(None, (line.removeprefix("data:").strip() for line in text.split("\n"))):
        yield from (END,) if line == _DONE else _each(_parsed(line))


def _each(value: object) -> list[Any]:
    """The chunks of an array, where several came at once; else the value as it is."""
    chunks: list[Any] = [each for each in sequence(value) if mapping(each)]
    return chunks if len(chunks) > 1 else [value]


def _values_of_body(text: str) -> Iterator[Any]:
    """The value that a body is. Lines of several values are a stream of another kind, which may break off."""
    told = list(_values_in(text.strip()))
    yield from told
    if len(told) == 1:
        yield END


def _failure(told: str) -> object:
    try:
        value = _parsed(told)
    except errors.EndpointBusy:
        value = told
    return value if mapping(value).get("error") else {"error": value or "no words"}


def _alone(data: str) -> bool:
    data = data.strip()
    if data == _DONE:
        return True
    try:
        _parsed(data)
    except errors.EndpointBusy:
        return False
    return True


def _parsed(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise errors.EndpointBusy("the answer is no JSON") from error


async def _blocks(response: aiohttp.ClientResponse) -> AsyncGenerator[bytes]:
    received = 0
    async for block in response.content.iter_chunked(_BLOCK):
        received += len(block)
        if received > _MOST_BYTES:
            raise errors.EndpointBusy("an answer without end")
        yield block
        # What is there already comes without a pause, and a compressed stream is there by the hundred megabytes.
        await asyncio.sleep(0)
