"""Which proxies are in use, for what, and whether they lead there. Asked by `check`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from bot import connections
from bot.hosts import is_loopback

if TYPE_CHECKING:
    from bot.proxies import Proxy
    from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Route:
    """A proxy, what it is used for, and why it does not lead there; None if it does."""

    proxy: Proxy
    purposes: tuple[str, ...]
    failure: str | None


async def routes(session: aiohttp.ClientSession, settings: Settings, *, local: bool) -> list[Route]:
    """Every proxy in use, tried out as far as that goes without sending anything to the hosts behind it.

    Args:
        session: that goes through the proxies itself, to ask Discord for its gateway.
        settings: with the hosts and the proxies.
        local: whether notes are heard on this machine, and there is no completion API.
    """
    used: dict[Proxy, dict[URL, str]] = {}
    for url, purpose in await _destinations(session, settings, local=local):
        if proxy := settings.proxies.proxy_for(url):
            used.setdefault(proxy, {})[url] = purpose
    return list(await asyncio.gather(*(_tried(proxy, urls) for proxy, urls in used.items())))


async def _destinations(
    session: aiohttp.ClientSession, settings: Settings, *, local: bool
) -> list[tuple[URL, str]]:
    found = [(URL(settings.discord_api_url), "Discord")]
    if gateway := await _gateway(session, settings.discord_api_url):
        found.append((gateway, "its gateway"))
    for host in settings.cdn_hosts:
        url = URL(f"//{host}")
        found.append((url.with_scheme("http" if is_loopback(url.host or "") else "https"), "its files"))
    if not local:
        found.append((URL(settings.openroute_base_url), "the completion API"))
    elif settings.local_text_url is not None:
        found.append((URL(settings.local_text_url), "the text server"))
    return [(url.origin(), purpose) for url, purpose in found]


async def _gateway(session: aiohttp.ClientSession, api_url: str) -> URL | None:
    """Where Discord says its gateway is; None if it can't be asked, which other findings tell."""
    try:
        async with session.get(f"{api_url}/gateway", allow_redirects=False) as response:
            url = URL(json.loads(await response.read())["url"])
    except (aiohttp.ClientError, OSError, ValueError, KeyError, TypeError):
        return None
    return url if url.scheme in {"ws", "wss"} and url.host else None


async def _tried(proxy: Proxy, urls: dict[URL, str]) -> Route:
    tries = await asyncio.gather(*(connections.reach(proxy, url) for url in urls), return_exceptions=True)
    failure: str | None = None
    for url, result in zip(urls, tries, strict=True):
        if isinstance(result, connections.ProxyFailedError):
            failure = failure or f"{result} on the way to {url.host}"
        elif result is not None:
            raise result
    return Route(proxy, tuple(dict.fromkeys(urls.values())), failure)
