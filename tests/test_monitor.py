"""Health and figures over HTTP, on a real port."""

from __future__ import annotations

import asyncio
import re
import threading

import aiohttp

from bot import monitor
from bot.metrics import Metrics


async def asked(port: int, path: str) -> tuple[int, str]:
    """Status and text of an answer."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def works() -> bool:
    """It does."""
    return True


async def fails() -> bool:
    """It is broken."""
    raise LookupError("a secret")


async def test_it_is_ready_when_all_of_it_is() -> None:
    """A part that breaks, or does not answer, is named; that it lives is another question."""

    async def hangs() -> bool:
        await asyncio.Event().wait()
        return True

    async def queue() -> tuple[int, float]:
        return 3, 1.5

    for parts, status, told in (
        ({"a": works, "b": works}, 200, '{"a": true, "b": true}'),
        ({"a": works, "b": fails}, 503, '{"a": true, "b": false}'),
        ({"a": hangs}, 503, '{"a": false}'),
    ):
        async with monitor.served(0, metrics=Metrics(), parts=parts, queue=queue) as port:
            assert await asked(port, "/healthz") == (200, "ok\n")
            assert await asked(port, "/readyz") == (status, told)
            status_of, text = await asked(port, "/metrics")
            assert status_of == 200
            assert "\nearshot_queue_notes 3.0\n" in text
            assert re.search(r"\nearshot_tasks [1-9]\d*\.0\n", text)


async def test_threads_of_the_pool_are_counted_apart() -> None:
    """Those come when they are needed, up to some number, and stay: no sign that anything is left over."""
    over = threading.Event()

    async def queue() -> tuple[int, float]:
        return 0, 0.0

    async def threads(port: int) -> dict[str, float]:
        _, text = await asked(port, "/metrics")
        return {of: float(count) for of, count in re.findall(r'\nearshot_threads{of="(\w+)"} (\S+)', text)}

    async with monitor.served(0, metrics=Metrics(), parts={}, queue=queue) as port:
        before = await threads(port)
        pooled = [asyncio.create_task(asyncio.to_thread(over.wait)) for _ in range(2)]
        alone = threading.Thread(target=over.wait)
        alone.start()
        try:
            there = await threads(port)
            assert there["others"] == before["others"] + 1
            assert there["pool"] >= 2
        finally:
            over.set()
            alone.join()
        await asyncio.gather(*pooled)
        assert (await threads(port))["others"] == before["others"]


async def test_figures_are_there_without_a_database() -> None:
    """That is when they are wanted most."""

    async def queue() -> tuple[int, float]:
        raise TimeoutError

    async with monitor.served(0, metrics=Metrics(), parts={}, queue=queue) as port:
        status, text = await asked(port, "/metrics")
        assert status == 200
        assert "earshot_build_info" in text
        assert (await asked(port, "/"))[0] == 404
