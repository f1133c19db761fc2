"""What is told, as the client asked for it: an event stream, or one body."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from aiohttp import web

from recogniser.answering import DONE, STREAM_HEADERS, Answering, comment, event, paced
from sandbox.faults import CuttableResponse, DroppedError
from sandbox.openroute.script import Breakdown, Chunk, Comment, Ending, Framing, HangUp, Raw, Told
from sandbox.traffic import EVENTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Tally = Callable[[str], dict[str, Any]]
    """Takes the whole text of an answer that came to its end, and gives its usage."""

_PROCESSING = Comment("OPENROUTER PROCESSING")
_KEEP_ALIVE_EVERY = 2.0
_AS_USUAL = Framing()


async def stream(
    request: web.Request,
    answering: Answering,
    told: AsyncIterator[Told],
    ending: Ending,
    tally: Tally,
    *,
    framing: Framing = _AS_USUAL,
) -> web.StreamResponse:
    """Tell it as it comes."""
    teller = _Teller(request, answering, framing)
    await teller.begin()
    await teller.tell(_PROCESSING)
    await teller.send(answering.opening())
    async with aclosing(paced(told, _KEEP_ALIVE_EVERY)) as items:
        async for item in items:
            await teller.tell(_PROCESSING if item is None else item)
            if isinstance(item, Breakdown):
                break
        else:
            await teller.end(ending, tally)
    if ending.done:
        await teller.write(DONE)
    return teller.response


async def whole(
    request: web.Request, answering: Answering, told: AsyncIterator[Told], ending: Ending, tally: Tally
) -> web.Response:
    """Tell it in one body, when all of it is there; comments and chunks have no place in it."""
    text = ""
    headers = {"X-Generation-Id": answering.id}
    async for item in told:
        match item:
            case str(piece):
                text += piece
            case Breakdown():
                body = {**answering.whole(text, "error", None), **item.error.body}
                return web.json_response(body, headers=headers)
            case HangUp():
                _hang_up(request)
            case Comment() | Chunk() | Raw():
                pass
    used = tally(text)
    body = answering.whole(text, ending.finish_reason, used if ending.usage else None)
    return web.json_response(body, headers=headers)


class _Teller:
    """An open stream, and the text told in it so far."""

    def __init__(self, request: web.Request, answering: Answering, framing: Framing) -> None:
        self.text = ""
        headers = {**STREAM_HEADERS, "Content-Type": framing.content_type, "X-Generation-Id": answering.id}
        self.response = CuttableResponse(request, headers=headers)
        self._framing = framing
        self._request = request
        self._answering = answering
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

    async def tell(self, item: Told) -> None:
        match item:
            case str(piece):
                self.text += piece
                await self.send(self._answering.piece(piece))
            case Comment(words):
                await self.write(comment(words))
            case Chunk(body):
                # Not kept for the record: it is there because this API would not send it.
                await self.write(event(dict(body)))
            case Raw(data):
                await self.response.write(data)
            case Breakdown():
                await self.send(self._answering.breakdown(item.error))
            case HangUp():
                _hang_up(self._request)

    async def end(self, ending: Ending, tally: Tally) -> None:
        used = tally(self.text)
        if ending.finish_reason is not None:
            await self.send(self._answering.ending(ending.finish_reason))
        if ending.usage:
            await self.send(self._answering.tally(used))


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
    raise DroppedError
