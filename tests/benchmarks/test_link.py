"""A stretch of network that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from benchmarks.link import Link

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    Call = Callable[[Link], Awaitable["Caller"]]

WITHIN = 10.0


@pytest.fixture
async def link() -> AsyncGenerator[Link]:
    """One to a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while said := await reader.read(100):
                writer.write(said)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Link(server.sockets[0].getsockname()[1]) as link:
        yield link


class Caller:
    """Somebody connected over the link."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def say(self, words: bytes) -> None:
        """Send them."""
        self.writer.write(words)

    async def hears(self) -> bytes:
        """What comes next; empty at the end."""
        async with asyncio.timeout(WITHIN):
            return await self.reader.read(100)


@pytest.fixture
async def call() -> AsyncGenerator[Call]:
    """Connects over a link; hangs up at the end."""
    callers: list[Caller] = []

    async def connect(link: Link) -> Caller:
        callers.append(Caller(*await asyncio.open_connection("127.0.0.1", link.port)))
        return callers[-1]

    yield connect
    for caller in callers:
        caller.writer.close()
        with contextlib.suppress(ConnectionError):
            await caller.writer.wait_closed()


async def test_what_is_said_passes(link: Link, call: Call) -> None:
    """Both ways; and the end, too."""
    caller = await call(link)
    caller.say(b"one")
    assert await caller.hears() == b"one"
    caller.writer.close()
    assert await caller.hears() == b""


async def test_who_is_cut_off_is_told(link: Link, call: Call) -> None:
    """Those who are connected at once, those who come later as soon as they come; afterwards all is as before."""
    caller = await call(link)
    caller.say(b"one")
    await caller.hears()
    async with link.cut():
        with pytest.raises(ConnectionError):
            await caller.hears()
        late = await call(link)
        with pytest.raises(ConnectionError):
            await late.hears()
    again = await call(link)
    again.say(b"two")
    assert await again.hears() == b"two"


async def test_in_silence_nobody_is_told(link: Link, call: Call) -> None:
    """What is said comes when it is over."""
    caller = await call(link)
    async with link.silent():
        caller.say(b"one")
        late = await call(link)
        late.say(b"two")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await caller.reader.read(1)
    assert await caller.hears() == b"one"
    assert await late.hears() == b"two"


async def test_a_target_that_is_not_there(call: Call) -> None:
    """Whoever connects is cut off."""
    async with await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    async with Link(port) as link:
        caller = await call(link)
        with pytest.raises(ConnectionError):
            await caller.hears()
