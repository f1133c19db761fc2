"""Sends an answer the way the client asked for: as an event stream, or as one JSON body."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from aiohttp import web

from recogniser.chat_response import DONE, STREAM_HEADERS, Completion, comment, event, with_keep_alives
from sandbox.faults import CuttableResponse, DroppedError
from sandbox.openroute.script import Breakdown, Chunk, Comment, Ending, Framing, HangUp, Raw, StreamItem
from sandbox.traffic import EVENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    CountUsage = Callable[[str], dict[str, Any]]
    """Called with the whole text of an answer that came to its end; returns its `usage` object."""

_PROCESSING = Comment("OPENROUTER PROCESSING")
_KEEP_ALIVE_EVERY = 2.0
_AS_USUAL = Framing()


async def stream(
    request: web.Request,
    completion: Completion,
    told: AsyncIterator[StreamItem],
    ending: Ending,
    count_usage: CountUsage,
    *,
    framing: Framing = _AS_USUAL,
) -> web.StreamResponse:
    """Send the items as an event stream, each as soon as it comes, with keep-alive comments between."""
    writer = _StreamWriter(request, completion, framing)
    await writer.begin()
    await writer.tell(_PROCESSING)
    await writer.send(completion.role_chunk())
    async with aclosing(with_keep_alives(told, _KEEP_ALIVE_EVERY)) as items:
        async for item in items:
            await writer.tell(_PROCESSING if item is None else item)
            if isinstance(item, Breakdown):
                break
        else:
            await writer.end(ending, count_usage)
    if ending.done:
        await writer.write(DONE)
    return writer.response


async def whole(
    request: web.Request,
    completion: Completion,
    told: AsyncIterator[StreamItem],
    ending: Ending,
    count_usage: CountUsage,
) -> web.Response:
    """Send the items as one JSON body when all are there; comments and chunks are left out."""
    text = ""
    headers = {"X-Generation-Id": completion.id}
    async for item in told:
        match item:
            case str(piece):
                text += piece
            case Breakdown():
                body = {**completion.body(text, "error", None), **item.error.body}
                return web.json_response(body, headers=headers)
            case HangUp():
                _hang_up(request)
            case Comment() | Chunk() | Raw():
                pass
    used = count_usage(text)
    body = completion.body(text, ending.finish_reason, used if ending.usage else None)
    return web.json_response(body, headers=headers)


class _StreamWriter:
    """An open event stream, and the text sent in it so far."""

    def __init__(self, request: web.Request, completion: Completion, framing: Framing) -> None:
        self.text = ""
        headers = {**STREAM_HEADERS, "Content-Type": framing.content_type, "X-Generation-Id": completion.id}
        self.response = CuttableResponse(request, headers=headers)
        self._framing = framing
        self._request = request
        self._completion = completion
        self._sent: list[object] = []
        request[EVENTS] = self._sent

    async def begin(self) -> None:
        await self.response.prepare(self._request)
        if self._framing.byte_order_mark:
            await self.write(b"\xef\xbb\xbf")

    async def write(self, data: bytes) -> None:
        """Put lines on the wire, framed as the script wants them."""
        data = data.replace(b"\n", self._framing.newline)
        for block in (bytes([byte]) for byte in data) if self._framing.bytewise else (data,):
            await self.response.write(block)

    async def send(self, chunk: dict[str, Any]) -> None:
        self._sent.append(chunk)
        await self.write(event(chunk))

    async def tell(self, item: StreamItem) -> None:
        match item:
            case str(piece):
                self.text += piece
                await self.send(self._completion.text_chunk(piece))
            case Comment(words):
                await self.write(comment(words))
            case Chunk(body):
                # Not recorded: the record shows what the API itself sends, and it would not send this.
                await self.write(event(dict(body)))
            case Raw(data):
                await self.response.write(data)
            case Breakdown():
                await self.send(self._completion.error_chunk(item.error))
            case HangUp():
                _hang_up(self._request)

    async def end(self, ending: Ending, count_usage: CountUsage) -> None:
        used = count_usage(self.text)
        if ending.finish_reason is not None:
            await self.send(self._completion.finish_chunk(ending.finish_reason))
        if ending.usage:
            await self.send(self._completion.usage_chunk(used))


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
    raise DroppedError
