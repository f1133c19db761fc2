"""Connections through real proxies on loopback, to a host that nobody finds without them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.connections import ProxyFailedError, reach, session
from bot.proxies import Proxies, parse
from tests.proxies import Authority, ProxyServer, Visit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.proxies import Kind

SECRET = "hunter2-hunter2"
HOST = "host.test"
KINDS = ("http", "socks5")


class Outside:
    """A host at `http://host.test` and `https://host.test`, of which only proxies know where it is."""

    def __init__(self, authority: Authority, plain: int, encrypted: int) -> None:
        self.authority = authority
        self.trusted = ssl.create_default_context(cafile=str(authority.file))
        self.requests = list[web.BaseRequest]()
        self.received = list[bytes]()
        self.names = {(HOST, 80): ("127.0.0.1", plain), (HOST, 443): ("127.0.0.1", encrypted)}


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncGenerator[Outside]:
    """Speaks http, https, and web sockets at /socket."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        there.requests.append(request)
        if request.path == "/socket":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_str(await socket.receive_str())
            return socket
        there.received.append(await request.read())
        return web.Response(text="Here.")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    plain = runner.addresses[0][1]
    authority = Authority(tmp_path)
    async with authority.encrypted(plain, HOST) as encrypted:
        there = Outside(authority, plain, encrypted)
        yield there
    await runner.cleanup()


def through(address: str) -> Proxies:
    """Everything through one proxy."""
    return Proxies(plain=parse(address), encrypted=parse(address))


@pytest.mark.parametrize("login", [None, ("anna", "p@ss:/#ü"), ("anna", "")], ids=["open", "login", "empty"])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_http_proxy_is_told_what_it_has_to_know(
    outside: Outside, scheme: str, login: tuple[str, str] | None
) -> None:
    """Plain requests as a whole, a tunnel for others; name and password, which the host does not learn."""
    async with ProxyServer("http", outside.names, login) as proxy:
        written = "anna:p%40ss%3A%2F%23%C3%BC@" if login and login[1] else "anna@" if login else ""
        proxies = through(f"http://{written}127.0.0.1:{proxy.port}")
        async with session(proxies) as http:
            for body in (b"a" * 300_000, b"b"):
                url = URL(f"{scheme}://{HOST}/%5Bx%5D?y=%40", encoded=True)
                async with http.post(url, data=body, ssl=outside.trusted) as response:
                    assert await response.text() == "Here."
    assert outside.received == [b"a" * 300_000, b"b"]
    assert {request.raw_path for request in outside.requests} == {"/%5Bx%5D?y=%40"}
    assert not any("Proxy-Authorization" in request.headers for request in outside.requests)
    assert not any("Authorization" in request.headers for request in outside.requests)
    assert proxy.visits == (
        [Visit("POST", HOST, 80)] * 2 if scheme == "http" else [Visit("CONNECT", HOST, 443)]
    )
    assert proxy.refused == 0


@pytest.mark.parametrize("login", [None, ("anna", "pass")])
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_socks_proxy_looks_the_name_up(
    outside: Outside, scheme: str, login: tuple[str, str] | None
) -> None:
    """For nobody else may know it."""
    async with (
        ProxyServer("socks5", outside.names, login) as proxy,
        session(through(proxy.address)) as http,
    ):
        for _ in range(2):
            async with http.get(f"{scheme}://{HOST}/", ssl=outside.trusted) as response:
                assert await response.text() == "Here."
    assert proxy.visits == [Visit("socks5", HOST, 80 if scheme == "http" else 443)], "one connection is kept"


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_may_be_spoken_to_by_tls(
    outside: Outside, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS in TLS, where the host speaks it, too."""
    monkeypatch.setenv("SSL_CERT_FILE", str(outside.authority.file))
    certificate = outside.authority.certificate("127.0.0.1")
    async with ProxyServer("http", outside.names, ("anna", SECRET), encrypted=certificate) as proxy:
        async with (
            session(through(proxy.address)) as http,
            http.get(f"{scheme}://{HOST}/", ssl=outside.trusted) as response,
        ):
            assert await response.text() == "Here."
        await reach(parse(proxy.address), URL(f"{scheme}://{HOST}"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_web_sockets_have_a_tunnel(outside: Outside, kind: Kind, scheme: str) -> None:
    """Also without encryption: a proxy does not pass on the request to change the protocol."""
    async with (
        ProxyServer(kind, outside.names, ("anna", "pass")) as proxy,
        session(through(proxy.address)) as http,
        http.ws_connect(f"{scheme}://{HOST}/socket", ssl=outside.trusted) as socket,
    ):
        await socket.send_str("Hello.")
        assert await socket.receive_str() == "Hello."
    [visit] = proxy.visits
    assert visit.how == ("CONNECT" if kind == "http" else "socks5")


async def test_this_machine_and_what_is_excepted_are_reached_directly(outside: Outside) -> None:
    """The proxy does not hear of it."""
    async with ProxyServer("http", outside.names) as proxy:
        way = parse(proxy.address)
        _, port = outside.names[HOST, 80]
        async with session(Proxies(plain=way, no_proxy=("*",))) as http:
            with pytest.raises(aiohttp.ClientConnectorDNSError):
                await http.get(f"http://{HOST}/")
        async with session(Proxies(plain=way)) as http, http.get(f"http://127.0.0.1:{port}/") as response:
            assert await response.text() == "Here."
    assert proxy.visits == []


@contextlib.asynccontextmanager
async def told(said: bytes) -> AsyncGenerator[int]:
    """A port where everybody is told the same, and then nothing more."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(said)
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def refusal(proxies: Proxies, url: str, outside: Outside, *, looked: bool = True) -> str:
    """What is said where `url` can't be reached by a request, which is what is said by looking, too."""
    async with session(proxies) as http:
        with pytest.raises(ProxyFailedError) as trouble:
            await http.get(url, ssl=outside.trusted)
    proxy = proxies.proxy_for(url)
    assert proxy is not None
    if looked:
        with pytest.raises(ProxyFailedError) as seen:
            await reach(proxy, URL(url))
        assert str(seen.value) == str(trouble.value)
    assert SECRET not in f"{trouble.value} {trouble.value.__cause__}"
    return str(trouble.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_away_is_told(outside: Outside, kind: str, scheme: str) -> None:
    """By its address, without what is secret in it."""
    async with told(b"") as port:
        pass
    proxies = through(f"{kind}://anna:{SECRET}@127.0.0.1:{port}")
    said = await refusal(proxies, f"{scheme}://{HOST}/", outside)
    assert said == f"the proxy {kind}://127.0.0.1:{port} can't be reached"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_proxy_that_is_not_found_is_told(outside: Outside, kind: str) -> None:
    """Its own name is looked up here."""
    said = await refusal(through(f"{kind}://anna:{SECRET}@proxy.invalid:1"), f"https://{HOST}/", outside)
    assert said == f"the proxy {kind}://proxy.invalid:1 can't be reached"


@pytest.mark.parametrize("login", [f"anna:{SECRET}@", ""], ids=["wrong", "none"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_proxy_that_wants_another_password_is_told(outside: Outside, kind: Kind, login: str) -> None:
    """And that it is the password."""
    async with ProxyServer(kind, outside.names, ("anna", "right")) as proxy:
        said = await refusal(through(f"{kind}://{login}127.0.0.1:{proxy.port}"), f"https://{HOST}/", outside)
    assert "password" in said or "authentication" in said
    assert proxy.visits == []


async def test_a_whole_request_that_a_proxy_refuses_is_told(outside: Outside) -> None:
    """It is no answer of the host."""
    async with ProxyServer("http", outside.names, ("anna", "right")) as proxy:
        proxies = through(f"http://anna:{SECRET}@127.0.0.1:{proxy.port}")
        said = await refusal(proxies, f"http://{HOST}/", outside)
    assert said == f"the proxy http://127.0.0.1:{proxy.port} refuses its name or password"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_proxy_that_does_not_get_there_is_told(outside: Outside, kind: Kind) -> None:
    """With its reason."""
    async with ProxyServer(kind) as proxy:
        said = await refusal(through(proxy.address), f"https://{HOST}/", outside)
    assert said.endswith({"http": "refuses (status 502)", "socks5": "refuses: Host unreachable"}[kind])


@pytest.mark.parametrize(
    "said", [b"", b"\x05", b"SSH-2.0-OpenSSH\r\n", b"\0" * 64], ids=["", "5", "ssh", "0"]
)
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_no_proxy_is_told(outside: Outside, kind: str, said: bytes) -> None:
    """Whatever stands there in its place."""
    async with told(said) as port:
        heard = await refusal(
            through(f"{kind}://anna:{SECRET}@127.0.0.1:{port}"), f"https://{HOST}/", outside, looked=False
        )
        with pytest.raises(ProxyFailedError):
            await reach(parse(f"{kind}://anna:{SECRET}@127.0.0.1:{port}"), URL(f"https://{HOST}/"))
    assert heard.startswith(f"the proxy {kind}://127.0.0.1:{port} ")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_host_with_a_wrong_certificate_is_not_the_proxys_fault(outside: Outside, kind: Kind) -> None:
    """It is told as without a proxy."""
    async with ProxyServer(kind, outside.names) as proxy:
        async with session(through(proxy.address)) as http:
            with pytest.raises((aiohttp.ClientError, OSError)) as trouble:
                await http.get(f"https://{HOST}/")
        await reach(parse(proxy.address), URL(f"https://{HOST}/"))
    assert not isinstance(trouble.value, ProxyFailedError)
