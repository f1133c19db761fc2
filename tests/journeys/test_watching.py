"""Those who watch over a process are told whether it works, and what it has done."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import aiohttp

from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage


def free_port() -> int:
    """One that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


async def asked(port: int, path: str) -> tuple[int, str]:
    """Status and text of an answer."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def test_a_process_tells_how_it_is(stage: Stage) -> None:
    """Ready with gateway, database and decoders; a note that ended is in the figures, and nothing of what it said."""
    port = free_port()
    stage.openroute.script("Buy milk, he says.")
    async with stage.bot(HTTP_PORT=str(port), LOG_LEVEL="INFO") as bot:
        await bot.logged("ready")
        note = stage.post_note()
        thread = await stage.thread_on(note)
        await stage.said(thread, "Buy milk, he says.")
        assert (await asked(port, "/healthz"))[0] == 200
        status, told = await asked(port, "/readyz")
        assert (status, told) == (200, '{"gateway": true, "database": true, "decoders": true}')
        while 'earshot_notes_total{outcome="posted"} 1.0' not in (text := (await asked(port, "/metrics"))[1]):
            await stage.discord.wait_for(lambda: True, PATIENCE)
        assert "earshot_queue_notes 0.0" in text
        assert "milk" not in text
        assert str(stage.guild.id) not in text


async def test_a_port_that_is_taken_is_told(stage: Stage) -> None:
    """And the bot works without."""
    stage.openroute.script("Heard.")
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))  # noqa: S104 - as the bot does
        taken.listen()
        async with stage.bot(HTTP_PORT=str(taken.getsockname()[1])) as bot:
            await bot.logged("health and figures can't be served")
            await stage.said(await stage.thread_on(stage.post_note()), "Heard.")
