"""Speech recognition on this machine: started as a process of its own, spoken to like any endpoint."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from bot.settings import Settings

log = structlog.get_logger("earshot.local")

_ENDING_SECONDS = 2.0
"""Given to the recogniser to end when it is asked to. One that is stuck in its computation does not hear that."""


class RecogniserError(Exception):
    """The recogniser did not start; the text is its own explanation."""


@asynccontextmanager
async def recogniser(
    settings: Settings, *, on_death: Callable[[], None] | None = None
) -> AsyncGenerator[Settings]:
    """Start a recogniser; the settings with its address in place of the completion API's. It ends with the context.

    Args:
        settings: as they are without it.
        on_death: called if it ends by itself. Nothing can be heard from then on.

    Raises:
        RecogniserError: it is not installed, or its model cannot be loaded.
    """
    # It ends when its standard input does: also when this process is killed.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "recogniser",
        "--port",
        "0",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(settings),
        # Ctrl-C at a terminal is for us; we end it when the notes in hand are done.
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101 - asked for above
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    log.info("loading the recogniser")
    try:
        line = await process.stdout.readline()
        if not line:
            raise RecogniserError((await process.stderr.read()).decode(errors="replace").strip())
        ready = json.loads(line)
        _tell(settings, model=ready["model"], at=ready["base_url"])
        drain = asyncio.create_task(_drain(process.stderr))
        watch = asyncio.create_task(_watch(process, on_death))
        try:
            yield settings.with_recogniser(base_url=ready["base_url"], model=ready["model"])
        finally:
            watch.cancel()
            await _end(process)
            # What it said last is worth knowing, too.
            await asyncio.wait([drain], timeout=_ENDING_SECONDS)
            drain.cancel()
    finally:
        await _end(process)


def _environment(settings: Settings) -> dict[str, str]:
    """This process's environment, and in it the text server and the way there, which are read from it at once.

    A key on the command line could be read by everybody on this machine.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.upper().startswith("LOCAL_TEXT_")
    }
    if settings.local_text_url is None:
        return environment
    environment["LOCAL_TEXT_URL"] = settings.local_text_url
    environment["LOCAL_TEXT_MODEL"] = settings.local_text_model or ""
    if settings.local_text_key is not None:
        environment["LOCAL_TEXT_KEY"] = settings.local_text_key.get_secret_value()
    if proxy := settings.proxies.proxy_for(settings.local_text_url):
        login = (
            proxy.url if proxy.user is None else proxy.url.with_user(proxy.user).with_password(proxy.password)
        )
        environment["LOCAL_TEXT_PROXY"] = str(login)
    return environment


def _tell(settings: Settings, *, model: str, at: str) -> None:
    if settings.local_text_url is None:
        log.info("the recogniser is ready; it transcribes, whatever the prompt asks for", model=model, at=at)
        return
    log.info(
        "the recogniser is ready; what prompts ask for is done by the text server",
        model=model,
        at=at,
        text_server=urlsplit(settings.local_text_url).netloc,
        text_model=settings.local_text_model,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _ENDING_SECONDS)
    except TimeoutError:
        log.warning("the recogniser does not end by itself and is killed")
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _watch(process: asyncio.subprocess.Process, on_death: Callable[[], None] | None) -> None:
    status = await process.wait()
    log.error("the recogniser ended by itself", status=status)
    if on_death is not None:
        on_death()


async def _drain(stderr: asyncio.StreamReader) -> None:
    """Pass on what it says, so that its pipe never fills."""
    async for line in stderr:
        log.warning("recogniser", said=line.decode(errors="replace").rstrip())
