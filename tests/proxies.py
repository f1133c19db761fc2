"""Real proxies on loopback, http and SOCKS5, that know where invented host names lead; and servers with certificates."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

import trustme

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine
    from pathlib import Path

Kind = Literal["http", "socks5"]
Address = tuple[str, int]
Login = tuple[str, str]

_NO_LOGIN, _LOGIN, _NOTHING_FITS = 0, 2, 0xFF


@dataclass(frozen=True, slots=True)
class Visit:
    """One connection a proxy was asked for: how (`CONNECT`, `socks5`, or the method of a whole request), and whereto."""

    how: str
    host: str
    port: int


@dataclass(slots=True)
class ProxyServer:
    """A proxy on loopback, running while entered as an async context. It leads nowhere but to the hosts in `names`.

    `login` is the name and password it asks for, if any; `encrypted` its certificate, if it is to be spoken to by TLS.
    """

    kind: Kind
    names: dict[Address, Address] = field(default_factory=dict[Address, Address])
    login: Login | None = None
    encrypted: ssl.SSLContext | None = None
    visits: list[Visit] = field(default_factory=list[Visit])
    refused: int = 0
    """How many came without the right name and password."""
    _relays: _Relays = field(init=False)

    async def __aenter__(self) -> Self:
        serve = self._http if self.kind == "http" else self._socks5
        self._relays = await _Relays.started(serve, self.encrypted)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._relays.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._relays.port

    @property
    def address(self) -> str:
        """As it is written into the environment, name and password included."""
        login = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        scheme = "https" if self.encrypted else self.kind
        return f"{scheme}://{login}127.0.0.1:{self.port}"

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *headers = head.removesuffix("\r\n\r\n").split("\r\n")
        method, target, version = line.split(" ")
        told = [
            each.partition(": ")[2] for each in headers if each.lower().startswith("proxy-authorization:")
        ]
        if self.login and told != [f"Basic {base64.b64encode(':'.join(self.login).encode()).decode()}"]:
            self.refused += 1
            writer.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        assert parts.hostname, "a proxy is told the whole address"
        host, port = parts.hostname, parts.port or 80
        self.visits.append(Visit(method, host, port))
        if (host, port) not in self.names:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        there, back = await asyncio.open_connection(*self.names[host, port])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            # One request a connection, so that each of them is counted.
            path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
            kept = [each for each in headers if not each.lower().startswith(("proxy-", "connection:"))]
            request = [f"{method} {path} {version}", *kept, "Connection: close"]
            back.write(("\r\n".join(request) + "\r\n\r\n").encode("latin-1"))
        await _relay(reader, writer, there, back)

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version, count = await reader.readexactly(2)
        assert version == 5
        offered = await reader.readexactly(count)
        method = _LOGIN if self.login else _NO_LOGIN
        if method not in offered:
            self.refused += 1
            writer.write(bytes([5, _NOTHING_FITS]))
            return
        writer.write(bytes([5, method]))
        if self.login:
            assert await reader.readexactly(1) == b"\x01"
            user, password = [
                (await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)
            ]
            right = (user, password) == self.login
            self.refused += not right
            writer.write(bytes([1, not right]))
            if not right:
                return
        _, command, _, kind = await reader.readexactly(4)
        assert command == 1, "CONNECT is all there is"
        match kind:
            case 1:
                host = str(ipaddress.IPv4Address(await reader.readexactly(4)))
            case 3:
                host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            case _:
                host = str(ipaddress.IPv6Address(await reader.readexactly(16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.visits.append(Visit("socks5", host, port))
        known = (host, port) in self.names
        writer.write(bytes([5, 0 if known else 4, 0, 1, 0, 0, 0, 0, 0, 0]))
        if known:
            await _relay(reader, writer, *await asyncio.open_connection(*self.names[host, port]))


class _Relays:
    """A server on loopback whose connections are all ended with it."""

    def __init__(self, server: asyncio.Server, tasks: set[asyncio.Task[Any]]) -> None:
        self.port: int = server.sockets[0].getsockname()[1]
        self._server = server
        self._tasks = tasks

    @classmethod
    async def started(
        cls,
        serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]],
        encrypted: ssl.SSLContext | None,
    ) -> Self:
        tasks = set[asyncio.Task[Any]]()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                # Whoever hangs up in the middle has heard enough. Python 3.11 takes being cancelled for an error here.
                with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    await serve(reader, writer)
            finally:
                tasks.discard(task)
                await _closed(writer)

        return cls(await asyncio.start_server(connected, "127.0.0.1", 0, ssl=encrypted), tasks)

    async def stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _relay(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    there: asyncio.StreamReader,
    back: asyncio.StreamWriter,
) -> None:
    """Pass bytes on both ways until one side has no more."""
    ways = [asyncio.create_task(_pass_on(reader, back)), asyncio.create_task(_pass_on(there, writer))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        back.close()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        await _closed(back)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(65_536):
            target.write(piece)
            await target.drain()


class Authority:
    """Gives certificates to invented hosts. A process trusts them if `SSL_CERT_FILE` names its `file`."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def certificate(self, *hosts: str) -> ssl.SSLContext:
        """A certificate for `hosts`, to serve with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*hosts).configure_cert(context)
        return context

    @contextlib.asynccontextmanager
    async def encrypted(self, port: int, *hosts: str) -> AsyncGenerator[int]:
        """A port on loopback where `hosts` speak TLS; what they are told goes on to the plain `port`."""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _relay(reader, writer, *await asyncio.open_connection("127.0.0.1", port))

        relays = await _Relays.started(serve, self.certificate(*hosts))
        try:
            yield relays.port
        finally:
            await relays.stop()
