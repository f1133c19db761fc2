"""An answer's bytes as JSON values: those of an event stream, or the one of a body. Neither goes on without end."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from bot import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

END = object()
"""Stands after an answer's last value, where the server said that it was the last."""
_BLOCK = 65_536
_MOST_BYTES = 64_000_000
"""Of one answer, unpacked: some hundred times what the longest text takes as chunks."""
_LONGEST = 4 * 1024 * 1024
"""Bytes of one line, or of one body. Nothing honest is larger, and it is all in memory at once."""
_FIELDS = (b"data:", b"event:", b"id:", b"retry:", b":")
"""How the lines of an event stream begin; no JSON value begins like one of them."""


async def values(response: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    """One for each `data:` line of a stream, or the one body; then `END` if it came.

    A stream is known by its type or, since some servers name none or another, by its first line.

    Raises:
        EndpointBusy: it held what is no JSON, or did not end.
    """
    streamed = response.content_type == "text/event-stream"
    body = bytearray()
    async for line in _lines(response):
        streamed = streamed or (not body and line.startswith(_FIELDS))
        if not streamed:
            body += line + b"\n"
            if len(body) > _LONGEST:
                raise errors.EndpointBusy("a body without end")
        elif line.startswith(b"data:"):
            # Not a comment that keeps the connection awake, nor an event's name.
            data = line.removeprefix(b"data:").strip()
            if data == b"[DONE]":
                yield END
                return
            yield _parsed(data)
    if not streamed:
        yield _parsed(body)
        yield END


async def whole(response: aiohttp.ClientResponse) -> bytes:
    """All of a body.

    Raises:
        EndpointBusy: it did not end.
    """
    body = bytearray()
    async for block in _blocks(response):
        body += block
        if len(body) > _LONGEST:
            raise errors.EndpointBusy("a body without end")
    return bytes(body)


def _parsed(data: bytes | bytearray) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise errors.EndpointBusy("the answer is no JSON") from error


async def _lines(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The lines that hold something."""
    begun = bytearray()
    async for block in _blocks(response):
        first, *others = block.split(b"\n")
        begun += first
        if others:
            *lines, rest = bytes(begun), *others
            begun = bytearray(rest)
            for line in filter(None, lines):
                if held := line.rstrip(b"\r"):
                    yield held
        if len(begun) > _LONGEST:
            raise errors.EndpointBusy("a line without end")
    yield bytes(begun)


async def _blocks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    received = 0
    async for block in response.content.iter_chunked(_BLOCK):
        received += len(block)
        if received > _MOST_BYTES:
            raise errors.EndpointBusy("an answer without end")
        yield block
        # What is there already comes without a pause, and a compressed stream is there by the hundred megabytes.
        await asyncio.sleep(0)
