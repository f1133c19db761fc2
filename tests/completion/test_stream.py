"""An answer's bytes, over a real connection: none goes on without end, and none keeps everybody else waiting."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from bot import errors
from bot.completion import stream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@contextlib.asynccontextmanager
async def answered_with(*blocks: bytes | None, **headers: str) -> AsyncGenerator[aiohttp.ClientResponse]:
    """A response whose body comes in these blocks; at None it stands still."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            for block in blocks:
                await (response.write(block) if block is not None else asyncio.Event().wait())
        return response

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{runner.addresses[0][1]}") as response,
        ):
            yield response
    finally:
        await runner.cleanup()


async def read(response: aiohttp.ClientResponse) -> list[Any]:
    """All values of an answer, without the sign for its end."""
    return [value async for value in stream.values(response) if value is not stream.END]


async def test_values_come_together_however_they_were_cut() -> None:
    """A byte at a time, through every field's name."""
    content = b': ping\r\n\r\ndata: {"a": 1}\r\n\r\nevent: x\ndata:2\n\ndata: [DONE]\n'
    async with answered_with(*(bytes([byte]) for byte in content), Content_Type="text/plain") as response:
        assert await read(response) == [{"a": 1}, 2]


async def test_the_end_is_told_only_where_it_came() -> None:
    """A stream may break off; a body that can be read is whole."""
    for content, told in ((b"data: 1\n", False), (b"data: 1\ndata: [DONE]\n", True), (b"1", True)):
        async with answered_with(content) as response:
            values = [value async for value in stream.values(response)]
        assert values == ([1, stream.END] if told else [1])


CHUNK = '{"choices": [{"delta": {"content": "é😀"}}]}'
# A content type, the bytes, and the values they are; ... stands for the end.
LABELS: list[tuple[str, bytes, list[Any]]] = [
    (label, content, told)
    for label in ("text/event-stream", "application/json", "text/plain", "application/octet-stream", "")
    for content, told in (
        (b'{"a": 1}', [{"a": 1}, ...]),
        (b'\n  {"a":\n\n 1}\n', [{"a": 1}, ...]),
        (b'\xef\xbb\xbf{"a": 1}', [{"a": 1}, ...]),
        (b'[{"a": 1}]', [[{"a": 1}], ...]),
        # Several chunks in an array: whether they are all is not told either.
        (b'[{"a": 1},\n{"a": 2}]', [{"a": 1}, {"a": 2}]),
        (b'data: [{"a": 1}, {"a": 2}]\n\ndata: [DONE]\n\n', [{"a": 1}, {"a": 2}, ...]),
        (b"data: 1\n\ndata: [DONE]\n\n", [1, ...]),
        (b"\xef\xbb\xbf\r\n\r\ndata: 1\r\n\r\ndata: [DONE]", [1, ...]),
        (b": hello\rdata: 1\r\rdata: [DONE]\r", [1, ...]),
        (b'error: {"code": 5}\n\ndata: [DONE]\n\n', [{"error": {"code": 5}}, ...]),
        (b" data: 1\n\n", [1]),
        # Values in lines of their own, as Ollama sends them: whether they are all is not told.
        (b'{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
    )
]


@pytest.mark.parametrize(("content_type", "content", "told"), LABELS, ids=range(len(LABELS)))
async def test_the_bytes_tell_a_stream_from_a_body(
    content_type: str, content: bytes, told: list[Any]
) -> None:
    """Whatever the label says."""
    async with answered_with(content, Content_Type=content_type) as response:
        values = [... if value is stream.END else value async for value in stream.values(response)]
    assert values == told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("data:\n\ndata: 1\n\ndata: \n\n", [1]),
        ("data: ping\n\nevent: ping\ndata: now\n\ndata: 1\n\n", [1]),
        ('data: {"a":\ndata:  1}\n\n', [{"a": 1}]),
        ("data: 1\ndata: 2\n\n", [1, 2]),
        ("data: data: 1\n\n", [1]),
        (f"id: 1\ndata: {CHUNK}\n\n", [{"choices": [{"delta": {"content": "é😀"}}]}]),
        ("event: error\ndata: it broke\n\n", [{"error": "it broke"}]),
        ("event: Error\ndata: 7\n\n", [{"error": 7}]),
        ("event: error\n\n", [{"error": "no words"}]),
        ("event: response.failed\ndata: {}\n\n", [{"error": "no words"}]),
        ('event: error\ndata: {"error": {"code": 1}}\n\n', [{"error": {"code": 1}}]),
        ('data: 1\n\n{"error": "x"}\n\n', [1, {"error": "x"}]),
        ('data: 1\n\n{\n "error": "x"\n}\n\n', [1, {"error": "x"}]),
        ("error: it broke\ndata: 1\n\n", [{"error": "it broke"}, 1]),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])
async def test_events_are_values(content: str, told: list[Any], newline: str) -> None:
    """Heartbeats are none; failures by name or field are told as errors; events may have several lines, or just one."""
    whole = content.replace("\n", newline).encode()
    for blocks in ([whole], [bytes([byte]) for byte in whole]):
        async with answered_with(*blocks, Content_Type="text/event-stream") as response:
            assert await read(response) == told


async def test_the_end_is_told_before_the_connection_is_closed() -> None:
    """Even where no blank line follows."""

    async def first_two() -> list[Any]:
        values = stream.values(response)
        return [await anext(values), await anext(values)]

    forever = (b"data: 1\n\ndata: [DONE]\n", None)
    async with answered_with(*forever, Content_Type="text/event-stream") as response, asyncio.timeout(10):
        assert await first_two() == [1, stream.END]


async def test_events_without_a_blank_line_between_them_come_one_by_one() -> None:
    """Each as soon as the next one begins, and not all of them at the end."""
    forever = (b"data: 1\ndata: 2\n", None)
    async with answered_with(*forever, Content_Type="text/event-stream") as response, asyncio.timeout(10):
        assert await anext(stream.values(response)) == 1


def bomb(megabytes: int) -> bytes:
    """So many megabytes of nothing but line ends, compressed."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(b"\n" * 1_000_000) for _ in range(megabytes)) + packer.flush()


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json"])
async def test_a_compressed_answer_without_end_stops_nobody(content_type: str) -> None:
    """It is given up after 64 MB; until then everybody else has a turn after every block."""
    deliveries = 0

    async def count() -> None:
        nonlocal deliveries
        while True:
            await asyncio.sleep(0)
            deliveries += 1

    async with answered_with(bomb(80), Content_Type=content_type, Content_Encoding="gzip") as response:
        counting = asyncio.create_task(count())
        with pytest.raises(errors.EndpointBusy, match="without end"):
            await read(response)
        counting.cancel()
    assert deliveries > 900


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"x" * 65_536, "text/event-stream"), (b"x" * 65_536, "text/plain"), (b"[1,\n" * 16_384, "text/plain")],
)
async def test_no_line_and_no_body_is_without_end(content: bytes, content_type: str) -> None:
    """Four megabytes are more than any needs."""
    async with answered_with(*[content] * 100, Content_Type=content_type) as response:
        with pytest.raises(errors.EndpointBusy, match="without end"):
            await read(response)
    async with answered_with(*[content] * 100, Content_Type=content_type) as response:
        with pytest.raises(errors.EndpointBusy, match="without end"):
            await stream.whole(response)
