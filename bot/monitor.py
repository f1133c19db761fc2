"""What machines ask a running process over HTTP: whether it lives, whether it is ready, and its figures."""

from __future__ import annotations

import asyncio
import threading
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from bot.metrics import Metrics

log = structlog.get_logger("earshot.monitor")

_PATIENCE = 2.0
"""Seconds for each part that is asked. Whoever asks us is not patient, either."""
_OF_THE_POOL = "asyncio_"
"""What Python calls the threads in which an event loop has work done."""
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def served(
    port: int,
    *,
    metrics: Metrics,
    parts: Mapping[str, Callable[[], Awaitable[bool]]],
    queue: Callable[[], Awaitable[tuple[int, float]]],
) -> AsyncGenerator[int]:
    """Answer `/healthz`, `/readyz` and `/metrics` on a port, in a context; the port.

    Args:
        port: 0 for any that is free.
        metrics: the figures.
        parts: whether each part of the process does its work, by what it is called.
        queue: how many notes wait, and for how many seconds the oldest has.

    Raises:
        OSError: the port can't be had.
    """

    async def health(_: web.Request) -> web.Response:
        # That this is answered at all says that the event loop turns.
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        told = dict(zip(parts, await asyncio.gather(*map(_works, parts.values())), strict=True))
        return web.json_response(told, status=200 if all(told.values()) else 503)

    async def figures(_: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_PATIENCE):
                metrics.queue(*await queue())
        except Exception as error:  # noqa: BLE001 - the other figures are most wanted when the database is away
            log.debug("the queue is not known now", error=type(error).__name__)
        threads = threading.enumerate()
        pooled = sum(each.name.startswith(_OF_THE_POOL) for each in threads)
        metrics.running(tasks=len(asyncio.all_tasks()), pooled=pooled, others=len(threads) - pooled)
        return web.Response(body=metrics.text(), headers={"Content-Type": _TEXT})

    application = web.Application()
    application.add_routes(
        [web.get("/healthz", health), web.get("/readyz", ready), web.get("/metrics", figures)]
    )
    runner = web.AppRunner(application, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        # Of all interfaces: a container is asked from outside.
        site = web.TCPSite(runner, "0.0.0.0", port)  # noqa: S104
        await site.start()
        taken = runner.addresses[0][1]
        log.info("health and figures are served", port=taken)
        yield taken
    finally:
        await runner.cleanup()


async def _works(part: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await part()
    except Exception as error:  # noqa: BLE001 - whatever it was, it does not work
        log.debug("a part does not work", error=type(error).__name__)
        return False
