"""A text server in OpenAI's format, which does with a transcript what a prompt asks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import aiohttp_socks
from aiohttp.http_exceptions import LineTooLong
from yarl import URL

from recogniser.text_stream import TextServerError, TextStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, MutableMapping, Sequence

_HTTP_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a text server is waited for, in seconds."""

    connect: float = 10.0
    first: float = 180.0
    """Until its answer begins: before that it may have to load its model, and to read a long transcript."""
    silence: float = 60.0
    """Between two lines from then on."""
    whole: float = 300.0
    """For all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextServer:
    """Where the server is, and how it is asked.

    Args:
        url: its base URL, to which `/chat/completions` is added.
        model: its name for the model.
        key: sent along if it is not empty.
        proxy: the address of the http or SOCKS5 proxy that leads there, with its name and password if it asks for them;
            empty if none is needed.
        patience: how long it is waited for.
    """

    url: str
    model: str
    key: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    patience: Patience = Patience()

    async def answer(
        self, messages: Sequence[dict[str, str]], stream: TextStream, **options: Any
    ) -> AsyncGenerator[str, None]:
        """Yield the answer to a conversation as it comes.

        Args:
            messages: with a role and a text each.
            stream: a new one; it has what came beside the text, afterwards.
            options: more fields of the request, such as `max_tokens`; those that are None are left out.

        Raises:
            TextServerError: there is no answer, or no more of it than was yielded.
        """
        body = {
            "model": self.model,
            "messages": messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in options.items() if value is not None},
        }
        try:
            async with (
                self._session() as session,
                session.post(
                    f"{self.url.rstrip('/')}/chat/completions", json=body, **self._way()
                ) as response,
            ):
                if response.status != _HTTP_OK:
                    raise TextServerError(f"it answered with status {response.status}")
                begun = False
                while not stream.done and (line := await self._line(response, begun=begun)):
                    begun = True
                    if text := stream.feed(line.decode(errors="replace")):
                        yield text
                stream.end()
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
            aiohttp.ClientHttpProxyError,
            aiohttp_socks.ProxyConnectionError,
            aiohttp_socks.ProxyTimeoutError,
            aiohttp_socks.ProxyError,
        ) as error:
            raise TextServerError("it can't be reached") from error
        except TimeoutError as error:
            raise TextServerError("it did not answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            raise TextServerError("it broke off") from error
        except LineTooLong as error:
            raise TextServerError("it sent no answer") from error

    async def _line(self, response: aiohttp.ClientResponse, *, begun: bool) -> bytes:
        async with asyncio.timeout(self.patience.silence if begun else self.patience.first):
            return await response.content.readline()

    def _session(self) -> aiohttp.ClientSession:
        connector = None
        if self.proxy.startswith("socks"):
            # Names are looked up by the proxy.
            connector = aiohttp_socks.ProxyConnector.from_url(self.proxy, rdns=True)
        timeout = aiohttp.ClientTimeout(
            total=self.patience.whole, connect=self.patience.connect, sock_read=self.patience.first
        )
        return aiohttp.ClientSession(connector=connector, timeout=timeout)

    def _way(self) -> dict[str, Any]:
        """How a request finds the server, and what it shows there."""
        headers: MutableMapping[str, str] = {}
        # Another address would be given the key and the words, too.
        way: dict[str, Any] = {"headers": headers, "allow_redirects": False}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        if self.proxy and not self.proxy.startswith("socks"):
            proxy = URL(self.proxy)
            login: dict[str, str] = {}
            if proxy.user is not None:
                login["Proxy-Authorization"] = aiohttp.encode_basic_auth(proxy.user, proxy.password or "")
            way |= {"proxy": proxy.with_user(None), "proxy_headers": login}
            if URL(self.url).scheme == "http":
                # Such a request is handed to the proxy as a whole.
                headers.update(login)
        return way
