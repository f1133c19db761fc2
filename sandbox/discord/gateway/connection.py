"""One client's WebSocket connection to the gateway: queues payloads, and compresses and sends them in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.discord.gateway.sessions import Session
    from sandbox.discord.state import Json


class Op(IntEnum):
    """The operation a payload carries."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class SocketConnection:
    """A WebSocket with a queue of payloads to send; if `compressed`, all of them form one zlib stream."""

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, *, compressed: bool
    ) -> None:
        self.socket = socket
        self._transport = transport
        self.session: Session | None = None
        self._zlib = zlib.compressobj() if compressed else None
        self._waiting: asyncio.Queue[Json] = asyncio.Queue()
        self._closed_here = False
        self._writer = asyncio.create_task(self._write())

    @property
    def closed_by_client(self) -> bool:
        """Whether the client closed the connection, not the server."""
        return not self._closed_here

    def send(self, payload: Json) -> None:
        """Queue a payload."""
        self._waiting.put_nowait(payload)

    def send_op(self, op: Op, data: object = None) -> None:
        """Queue a payload that is no event, such as HELLO: it has no sequence number."""
        self.send({"op": op, "d": data, "s": None, "t": None})

    def cut(self) -> None:
        """Break the connection as a failing network does."""
        self._closed_here = True
        if self._transport is not None:
            self._transport.abort()

    async def close(self, code: int) -> None:
        """Close the socket; payloads not sent yet are lost."""
        self._closed_here = True
        await self.socket.close(code=code, drain=False)

    async def end(self) -> None:
        """Stop writing."""
        self._writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writer

    async def _write(self) -> None:
        while True:
            text = json.dumps(await self._waiting.get(), separators=(",", ":"))
            with contextlib.suppress(ConnectionError):
                if self._zlib is None:
                    await self.socket.send_str(text)
                else:
                    packed = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.socket.send_bytes(packed)
