"""Where nothing outside is reached but through a proxy: the whole bot works through it, and goes past it nowhere."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.proxies import Authority, ProxyServer, Visit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.journeys.stage import Stage
    from tests.proxies import Kind, Login

PASSWORD = "hunter2-hunter2"
API, GATEWAY, CDN, ENDPOINT = "discord.test", "gateway.discord.test", "cdn.test", "openroute"
"""None of them can be looked up. The last is a name without a dot, where plain http is allowed."""


@asynccontextmanager
async def behind(
    stage: Stage, folder: Path, kind: Kind, login: Login | None
) -> AsyncGenerator[tuple[ProxyServer, dict[str, str]]]:
    """A proxy that alone knows the way to both stand-ins; and the settings of a bot that has to go by it."""
    async with AsyncExitStack() as stack:
        authority = Authority(folder)
        port = urlsplit(stage.discord.api_url).port or 0
        encrypted = await stack.enter_async_context(authority.encrypted(port, API, GATEWAY, CDN))
        proxy = await stack.enter_async_context(ProxyServer(kind, login=login))
        proxy.names = {(host, 443): ("127.0.0.1", encrypted) for host in (API, GATEWAY, CDN)}
        proxy.names[ENDPOINT, 80] = ("127.0.0.1", urlsplit(stage.openroute.base_url).port or 0)
        stage.discord.links.origin = f"https://{CDN}"
        stage.discord.gateway.url = f"wss://{GATEWAY}/gateway"
        yield (
            proxy,
            {
                "SSL_CERT_FILE": str(authority.file),
                "DISCORD_API_URL": f"https://{API}/api/v10",
                "CDN_HOSTS": CDN,
                "OPENROUTE_BASE_URL": f"http://{ENDPOINT}{urlsplit(stage.openroute.base_url).path}",
            },
        )


@pytest.mark.parametrize(
    ("kind", "login"),
    [("http", None), ("http", ("anna", PASSWORD)), ("socks5", None), ("socks5", ("anna", PASSWORD))],
    ids=["http", "http with a password", "socks5", "socks5 with a password"],
)
async def test_everything_goes_through_the_proxy(
    stage: Stage, tmp_path: Path, kind: Kind, login: Login | None
) -> None:
    """Discord's API, its gateway, its files and the endpoint; no line of the log has the password."""
    stage.openroute.script("Heard from behind the proxy.")
    async with behind(stage, tmp_path, kind, login) as (proxy, settings):
        async with stage.bot(**settings, ALL_PROXY=proxy.address, LOG_LEVEL="DEBUG") as bot:
            await stage.said(await stage.thread_on(stage.post_note()), "Heard from behind the proxy.")
            await bot.logged("note")
        through = "CONNECT" if kind == "http" else "socks5"
        assert {visit for visit in proxy.visits if visit.port == 443} == {
            Visit(through, host, 443) for host in (API, GATEWAY, CDN)
        }
        assert {visit for visit in proxy.visits if visit.port != 443} == (
            # What is not encrypted is handed to an http proxy as whole requests.
            {Visit(method, ENDPOINT, 80) for method in ("GET", "POST")}
            if kind == "http"
            else {Visit("socks5", ENDPOINT, 80)}
        )
        assert proxy.refused == 0
        assert PASSWORD not in bot.raw


async def test_a_file_of_settings_can_name_the_proxy(stage: Stage, tmp_path: Path) -> None:
    """In small letters, too."""
    stage.openroute.script("Heard.")
    async with behind(stage, tmp_path, "socks5", None) as (proxy, settings):
        (stage.folder / ".env").write_text(
            f"https_proxy={proxy.address.replace('socks5', 'socks5h')}\nHTTP_PROXY={proxy.address}\n"
        )
        async with stage.bot(**settings):
            await stage.said(await stage.thread_on(stage.post_note()), "Heard.")


async def test_a_gateway_process_and_a_worker_go_through_the_proxy_too(
    stage: Stage, tmp_path: Path, fleet_url: str
) -> None:
    """Each of a fleet."""
    stage.openroute.script("Heard.")
    async with behind(stage, tmp_path, "http", None) as (proxy, settings):
        settings |= {"ALL_PROXY": proxy.address, "DATABASE_URL": fleet_url}
        async with stage.worker(**settings), stage.bot("--gateway-only", **settings):
            await stage.said(await stage.thread_on(stage.post_note()), "Heard.")


async def test_a_proxy_that_is_away_is_waited_for(stage: Stage, tmp_path: Path) -> None:
    """As Discord is: told in the log, without the password, and tried again until it is there."""
    async with behind(stage, tmp_path, "socks5", ("anna", PASSWORD)) as (proxy, settings):
        proxy.login = ("anna", "another")
        async with stage.starting_bot(
            **settings, ALL_PROXY=f"socks5://anna:{PASSWORD}@127.0.0.1:{proxy.port}"
        ) as bot:
            line = await bot.logged("Discord can't be reached")
            assert line["error"].startswith(f"the proxy socks5://127.0.0.1:{proxy.port} refuses: ")
            proxy.login = ("anna", PASSWORD)
            await stage.discord.ready(30)
        assert PASSWORD not in bot.raw


@pytest.mark.parametrize("address", ["ftp://127.0.0.1:3128", f"http://anna:{PASSWORD}@127.0.0.1:port"])
async def test_an_address_that_is_none_is_told_at_once(stage: Stage, address: str) -> None:
    """In a sentence that names the variable and not what it holds."""
    async with stage.starting_bot(HTTPS_PROXY=address) as bot:
        bot.expected_status = 2
        assert await bot.ended() == 2
    assert "HTTPS_PROXY: it must " in bot.raw
    assert PASSWORD not in bot.raw
