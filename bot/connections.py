"""The way to every host outside: through the proxy that the settings name for it, or directly. All sessions are made here."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import aiohttp

from bot.proxies import Proxies

if TYPE_CHECKING:
    from collections.abc import Generator

    import aiohttp_socks
    import python_socks
    from aiohttp.tracing import Trace
    from yarl import URL

    from bot.proxies import Proxy

_SECONDS_TO_REACH = 4.5
_DEFAULT_PORT = 443
_LOGIN_REQUIRED = 407
_NOWHERE = "http://proxy-check.invalid/"


class ProxyFailedError(aiohttp.ClientConnectionError):
    """No connection came about, because of the proxy. The text has its address, without name and password, and why."""


class ProxyConnector(aiohttp.TCPConnector):
    """Makes each connection through the proxy that its host is to be reached by, if there is one.

    Encrypted connections, SOCKS and web sockets go through a tunnel (CONNECT, where the proxy is one for http); a
    request by plain http is handed to an http proxy as a whole, since many open tunnels for encrypted connections alone.

    Args:
        proxies: which proxy a host is reached by.
        limit: the most connections at a time; 0 for any number.
    """

    def __init__(self, proxies: Proxies, *, limit: int = 100) -> None:
        super().__init__(limit=limit)
        self._proxies = proxies
        self._most = limit
        self._tunnels: dict[Proxy, aiohttp_socks.ProxyConnector] = {}

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - as the session calls it
    ) -> aiohttp.connector.Connection:
        """A connection for a request; called by the session.

        Raises:
            ProxyFailedError: the proxy is away, or refuses, or can't reach the host either.
            aiohttp.ClientError, OSError: as without a proxy.
        """
        proxy = self._proxies.proxy_for(req.url)
        if proxy is None:
            return await super().connect(req, traces, timeout)
        with _translated(proxy):
            if proxy.scheme == "socks5" or req.url.scheme == "ws":
                return await self._tunnel(proxy).connect(req, traces, timeout)
            login = _login(proxy)
            if not req.is_ssl():
                # Otherwise this header would be told to the host instead of to the proxy.
                req.headers.update(login)
            req.update_proxy(proxy.url, None, login)
            return await super().connect(req, traces, timeout)

    async def close(self, *, abort_ssl: bool = False) -> None:
        """Close all connections."""
        for tunnel in self._tunnels.values():
            await tunnel.close(abort_ssl=abort_ssl)
        await super().close(abort_ssl=abort_ssl)

    def _tunnel(self, proxy: Proxy) -> aiohttp_socks.ProxyConnector:
        import aiohttp_socks  # noqa: PLC0415 - most have no proxy

        if proxy not in self._tunnels:
            self._tunnels[proxy] = aiohttp_socks.ProxyConnector(
                proxy.host,
                proxy.port,
                _kind(proxy),
                *_login_of_tunnel(proxy),
                rdns=True,
                proxy_ssl=_encryption(proxy),
                limit=self._most,
            )
        return self._tunnels[proxy]


def session(proxies: Proxies, *, timeout: aiohttp.ClientTimeout | None = None) -> aiohttp.ClientSession:
    """A session for requests to hosts outside, each of them through its proxy."""
    connector, middlewares = ProxyConnector(proxies), (_refused_by_proxy(proxies),)
    if timeout is None:
        return aiohttp.ClientSession(connector=connector, middlewares=middlewares)
    return aiohttp.ClientSession(connector=connector, middlewares=middlewares, timeout=timeout)


def _refused_by_proxy(proxies: Proxies) -> aiohttp.ClientMiddlewareType:
    """Tells a proxy's refusal from a host's answer, where a request is handed to a proxy as a whole."""

    async def middleware(
        req: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
    ) -> aiohttp.ClientResponse:
        response = await handler(req)
        proxy = proxies.proxy_for(req.url)
        if proxy is not None and response.status == _LOGIN_REQUIRED:
            response.close()
            raise ProxyFailedError(f"the proxy {proxy} {_refusal(proxy, response.status)}")
        return response

    return middleware


async def reach(proxy: Proxy, url: URL) -> None:
    """Look whether `proxy` leads to the host of `url`. Nothing is said to that host.

    Raises:
        ProxyFailedError: it does not.
    """
    try:
        async with asyncio.timeout(_SECONDS_TO_REACH):
            with _translated(proxy):
                await _reach(proxy, url)
    except TimeoutError as error:
        raise ProxyFailedError(f"the proxy {proxy} does not answer in time") from error
    except OSError as error:
        raise ProxyFailedError(f"the proxy {proxy} can't be reached") from error


async def _reach(proxy: Proxy, url: URL) -> None:
    if url.scheme == "http" and proxy.scheme != "socks5":
        # How it likes a request by plain http it only tells when it gets one; this one is for no host there is.
        trusted = _encryption(proxy) or True
        async with session(Proxies(plain=proxy)) as http, http.get(_NOWHERE, ssl=trusted):
            return
    from python_socks.async_.asyncio.v2 import Proxy as Tunnel  # noqa: PLC0415 - as above

    tunnel = Tunnel(
        _kind(proxy),
        proxy.host,
        proxy.port,
        *_login_of_tunnel(proxy),
        rdns=True,
        proxy_ssl=_encryption(proxy),
    )
    stream = await tunnel.connect(url.raw_host or "", url.port or _DEFAULT_PORT)
    await stream.close()


@contextlib.contextmanager
def _translated(proxy: Proxy) -> Generator[None]:
    """A context that turns what the libraries raise about a proxy into one error. Others are the host's, and pass."""
    import aiohttp_socks  # noqa: PLC0415 - as above
    import python_socks  # noqa: PLC0415

    try:
        yield
    except (
        aiohttp.ClientProxyConnectionError,
        aiohttp.ClientConnectorDNSError,  # no name is looked up here but the proxy's own
        aiohttp_socks.ProxyConnectionError,
        python_socks.ProxyConnectionError,
    ) as error:
        raise ProxyFailedError(f"the proxy {proxy} can't be reached") from error
    except (aiohttp_socks.ProxyTimeoutError, python_socks.ProxyTimeoutError) as error:
        raise ProxyFailedError(f"the proxy {proxy} does not answer in time") from error
    except aiohttp.ClientHttpProxyError as error:
        raise ProxyFailedError(f"the proxy {proxy} {_refusal(proxy, error.status)}") from error
    except (aiohttp_socks.ProxyError, python_socks.ProxyError) as error:
        said = _refusal(proxy, error.error_code) if proxy.scheme != "socks5" else f"refuses: {error}"
        raise ProxyFailedError(f"the proxy {proxy} {said}") from error
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientResponseError, EOFError) as error:
        kind = "SOCKS" if proxy.scheme == "socks5" else "HTTP"
        raise ProxyFailedError(f"the proxy {proxy} hangs up, or does not speak {kind}") from error


def _refusal(proxy: Proxy, status: int | None) -> str:
    if status == _LOGIN_REQUIRED:
        return "asks for a name and a password" if proxy.user is None else "refuses its name or password"
    return f"refuses (status {status})"


def _login(proxy: Proxy) -> dict[str, str]:
    if proxy.user is None:
        return {}
    return {"Proxy-Authorization": aiohttp.encode_basic_auth(proxy.user, proxy.password)}


def _login_of_tunnel(proxy: Proxy) -> tuple[str | None, str | None]:
    if proxy.user is None:
        return None, None
    # The library encodes them as Latin-1: what comes out has to be UTF-8, as the headers above have it.
    return proxy.user.encode().decode("latin-1"), proxy.password.encode().decode("latin-1")


def _kind(proxy: Proxy) -> python_socks.ProxyType:
    import python_socks  # noqa: PLC0415 - as above

    return python_socks.ProxyType.SOCKS5 if proxy.scheme == "socks5" else python_socks.ProxyType.HTTP


def _encryption(proxy: Proxy) -> ssl.SSLContext | None:
    return ssl.create_default_context() if proxy.scheme == "https" else None
