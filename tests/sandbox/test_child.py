"""The bot's process is watched, and ends with all it started."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from sandbox.child import BotProcess, EndedError

if TYPE_CHECKING:
    from pathlib import Path


def program(source: str) -> tuple[str, str]:
    """A little program in place of the bot."""
    return ("-c", source)


async def test_a_bot_that_dies_is_quoted(tmp_path: Path) -> None:
    """Whoever waits for something is told at once, with the end of the log."""
    dying = program("import sys; print('token refused', file=sys.stderr); sys.exit(3)")
    async with BotProcess({}, tmp_path, program=dying) as bot:
        with pytest.raises(EndedError, match=r"status 3[^$]*token refused"):
            await bot.during(asyncio.sleep(60))


async def test_settings_of_the_machine_stay_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real token in the environment never reaches the sandbox; what the sandbox says does."""
    monkeypatch.setenv("DISCORD_TOKEN", "a real one")
    monkeypatch.setenv("PROMPT", "somebody's")
    telling = program("import os; print(os.environ.get('DISCORD_TOKEN'), os.environ.get('PROMPT'))")
    async with BotProcess({"DISCORD_TOKEN": "ours"}, tmp_path, program=telling) as bot:
        with pytest.raises(EndedError, match="ours None"):
            await bot.during(asyncio.sleep(60))


async def test_what_the_bot_started_ends_with_it(tmp_path: Path) -> None:
    """A process of the bot's own that would sleep on is ended too: its end of a pipe closes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    sleeper = f"open({str(pipe)!r}, 'w'); import time; held = open({str(pipe)!r}, 'w'); time.sleep(30)"
    starting = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {sleeper!r}])"
    async with BotProcess({}, tmp_path, program=program(starting)):
        # Opening blocks until the sleeper has opened the other end, and so runs.
        reader = await asyncio.to_thread(os.open, pipe, os.O_RDONLY)
    try:
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(os.read, reader, 1) == b""
    finally:
        os.close(reader)
