"""A TCP proxy on loopback: a stretch of network between two programs that can be cut, with or without their being told."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager, suppress
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from types import TracebackType

_HOST = "127.0.0.1"
_PIECE = 64 * 1024


class Link:
    """What connects to `port` is connected to `target`, another port of this machine, while the context is open."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._passes = asyncio.Event()
        self._passes.set()
        self._refusing = False
        self._serving: set[asyncio.Task[None] | None] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, _HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self._refusing = True
        self._passes.set()
        self._break_off()
        # Each lets go of its connections before the event loop is gone.
        await asyncio.gather(*filter(None, self._serving))

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._writers) // 2

    @asynccontextmanager
    async def cut(self) -> AsyncGenerator[None]:
        """While the context is open, every connection is broken off, and each new one at once."""
        self._refusing = True
        self._break_off()
        try:
            yield
        finally:
            self._refusing = False

    @asynccontextmanager
    async def silent(self) -> AsyncGenerator[None]:
        """While the context is open nothing passes, and nobody is told so. Then it does, if anybody still waits for it."""
        self._passes.clear()
        try:
            yield
        finally:
            self._passes.set()

    def _break_off(self) -> None:
        for writer in tuple(self._writers):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        try:
            await self._connected(reader, writer)
        finally:
            self._serving.discard(task)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._passes.wait()
        if self._refusing:
            _reset(writer)
            return
        try:
            there, back = await asyncio.open_connection(_HOST, self._target)
        except OSError:
            _reset(writer)
            return
        both = {writer, back}
        self._writers |= both
        try:
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._writers -= both
            for each in both:
                each.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                await self._passes.wait()
                writer.write(piece)
                await writer.drain()
            await self._passes.wait()
        # Whoever closes one direction of a database's or an HTTP connection has nothing more to hear, either.
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break a connection off so that the other side is told of it as of a failure, and not of an end."""
    # At once, and without waiting for what was sent: that is a reset.
    with suppress(OSError):  # it is closed already
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
