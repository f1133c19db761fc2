"""`python -m recogniser` as the bot starts it: what it prints, when it ends, how it fails."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path


@asynccontextmanager
async def started(*arguments: str) -> AsyncGenerator[Process]:
    """Start the program; it is killed if it still runs at the end of the test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("way", ["SIGTERM", "SIGINT", "end of input"])
async def test_it_says_when_it_is_ready_and_ends_when_told(way: str) -> None:
    """It prints one line of JSON, serves at the address in it, and ends with 0 on a signal or when its stdin closes."""
    async with started("-m", "recogniser") as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        ready = json.loads(await process.stdout.readline())
        assert ready == {"base_url": ready["base_url"], "model": "whisper-base"}
        assert ready["base_url"].startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession() as client, client.get(f"{ready['base_url']}/models") as answer:
            assert answer.status == 200
        if way == "end of input":
            process.stdin.close()
        else:
            process.send_signal(signal.Signals[way])
        async with asyncio.timeout(10):
            assert await process.wait() == 0
        assert await process.stdout.read() == b""
        assert await process.stderr.read() == b""


async def test_without_a_model_it_says_so_and_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a model there is a sentence on stderr, nothing on stdout, and status 1."""
    monkeypatch.setenv("LOCAL_MODEL_DIR", str(tmp_path))
    async with started("-m", "recogniser") as process:
        out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert err.decode() == f"LOCAL_MODEL_DIR is {tmp_path}, but there is no model.bin in it.\n"


async def test_a_port_in_use_is_named() -> None:
    """A second program on the same port fails with a sentence that names the port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with started("-m", "recogniser", "--port", str(port)) as process:
            out, err = await process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert f"127.0.0.1:{port}" in err.decode()
    assert "Traceback" not in err.decode()


async def test_importing_it_is_cheap() -> None:
    """Nothing of the extra `local` is imported before a model is made, nor for `--help`."""
    script = "import sys, recogniser.model; sys.exit(bool({'faster_whisper', 'numpy'} & set(sys.modules)))"
    async with started("-c", script) as process:
        await process.communicate()
    assert process.returncode == 0
