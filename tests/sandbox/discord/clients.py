"""Clients for the tests of the stand-in: discord.py itself, plain HTTP, a plain gateway connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from sandbox.discord import Channel, Discord, Guild, User

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """A server with a text channel, and a person who is a member."""

    guild: Guild
    channel: Channel
    ann: User


class Clock:
    """A clock of Unix seconds that stands still until a test sets `now`."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        """Unix seconds."""
        return self.now


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer over HTTP."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        """Discord's own error code."""
        return self.body["code"]


@dataclass(frozen=True, slots=True)
class Http:
    """Sends plain HTTP requests to the REST API, without discord.py."""

    session: aiohttp.ClientSession
    sandbox: Discord

    async def call(
        self, method: str, path: str, body: object = None, *, token: str | None = None, form: Any = None
    ) -> Reply:
        """One request; the bot's token unless another is given."""
        headers = {"Authorization": f"Bot {token or self.sandbox.token}"}
        async with self.session.request(
            method, self.sandbox.api_url + path, json=body, data=form, headers=headers
        ) as response:
            text = await response.text()
            return Reply(response.status, json.loads(text) if text else None, response.headers)

    async def fetch(self, url: str) -> tuple[int, bytes]:
        """Status and body of a link, asked for without a token."""
        async with self.session.get(url) as response:
            return response.status, await response.read()


@dataclass(slots=True)
class Socket:
    """A plain WebSocket connection to the gateway, without discord.py."""

    ws: aiohttp.ClientWebSocketResponse
    inflate: Any = None
    sequence: int | None = None
    seen: list[str] = field(default_factory=list[str])

    async def receive(self) -> Json:
        """The next payload."""
        message = await self.ws.receive(timeout=5)
        assert message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY), message
        text = self.inflate.decompress(message.data) if self.inflate else message.data
        payload: Json = json.loads(text)
        self.sequence = payload["s"] or self.sequence
        return payload

    async def event(self, name: str) -> Json:
        """Wait for the next event of that name and return its data; the names of events before it are kept in `seen`."""
        while True:
            payload = await self.receive()
            if payload["t"] == name:
                return payload["d"]
            if payload["t"]:
                self.seen.append(payload["t"])

    async def send(self, op: int, data: object) -> None:
        """Send a payload."""
        await self.ws.send_str(json.dumps({"op": op, "d": data}))

    async def identify(self, token: str, intents: int = 0xFE01, shard: tuple[int, int] = (0, 1)) -> None:
        """Send IDENTIFY."""
        await self.send(
            2, {"token": token, "intents": intents, "shard": shard, "properties": {}, "compress": False}
        )

    async def closed_with(self) -> int | None:
        """Wait until the server closes the connection; returns the close code."""
        async for _ in self.ws:
            pass
        return self.ws.close_code


@contextlib.asynccontextmanager
async def gateway(sandbox: Discord, *, compress: bool = False) -> AsyncGenerator[Socket]:
    """Connect to the gateway and receive HELLO."""
    query = "?v=10&encoding=json" + ("&compress=zlib-stream" if compress else "")
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(sandbox.gateway_url + query, max_msg_size=0) as ws,
    ):
        socket = Socket(ws, zlib.decompressobj() if compress else None)
        hello = await socket.receive()
        assert hello["op"] == 10
        yield socket


class Bot(discord.AutoShardedClient):
    """discord.py's client, with a tree of commands. Messages of others are put into `heard`."""

    def __init__(self, *, content: bool = True) -> None:
        intents = discord.Intents.default()
        intents.message_content = content
        super().__init__(
            intents=intents, allowed_mentions=discord.AllowedMentions.none(), guild_ready_timeout=0.05
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()

    async def on_message(self, message: discord.Message) -> None:
        """Keep messages of others."""
        if message.author != self.user:
            self.heard.put_nowait(message)


@contextlib.asynccontextmanager
async def running(
    sandbox: Discord, *, content: bool = True, prepare: Callable[[Bot], None] | None = None
) -> AsyncGenerator[Bot]:
    """Run discord.py against the stand-in. `prepare` adds commands, which are then registered."""
    Route.BASE = sandbox.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sandbox.gateway_url)
    bot = Bot(content=content)
    if prepare is not None:
        prepare(bot)
    async with bot:
        task = asyncio.create_task(bot.start(sandbox.token))
        try:
            ready = asyncio.create_task(sandbox.ready())
            await asyncio.wait([task, ready], return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                ready.cancel()
                await task
            await bot.wait_until_ready()
            if prepare is not None:
                await bot.tree.sync()
            yield bot
        finally:
            await bot.close()
            await asyncio.gather(task, return_exceptions=True)
