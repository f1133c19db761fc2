"""Requests below an interaction, each made once: discord.py by itself repeats those that failed, without a look."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from discord.http import Route

_SERVER_ERROR = 500


class _OnceSession:
    """What the adapter uses of a session. Failures that it would repeat are raised in a form that it does not."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @contextlib.asynccontextmanager
    async def request(self, method: str, url: str, **options: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        try:
            async with self._session.request(method, url, **options) as response:
                if response.status >= _SERVER_ERROR:
                    raise discord.DiscordServerError(response, await response.text(errors="replace"))
                yield response
        except OSError as error:
            raise aiohttp.ClientConnectionError(type(error).__name__) from error


class _OnceAdapter(AsyncWebhookAdapter):
    """discord.py's adapter. It still waits out rate limits, which took no effect."""

    async def request(self, route: Route, session: aiohttp.ClientSession, **options: Any) -> Any:
        return await super().request(route, cast("aiohttp.ClientSession", _OnceSession(session)), **options)


_ONCE = _OnceAdapter()


@contextlib.contextmanager
def single_requests() -> Generator[None]:
    """A context in which no response to an interaction, and no follow-up, is sent again by discord.py itself."""
    before = async_context.set(_ONCE)
    try:
        yield
    finally:
        async_context.reset(before)
