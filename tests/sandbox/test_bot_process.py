"""The bot's process is watched, and ends with all it started."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

from sandbox.bot_process import BotProcess, EndedError

if TYPE_CHECKING:
    from pathlib import Path


def program(source: str) -> tuple[str, str]:
    """A little program in place of the bot."""
    return ("-c", source)


async def test_a_bot_that_dies_is_quoted(tmp_path: Path) -> None:
    """If the bot ends while something is waited for, the error comes at once and has the end of its log."""
    dying = program("import sys; print('token refused', file=sys.stderr); sys.exit(3)")
    async with BotProcess({}, tmp_path, program=dying) as bot:
        with pytest.raises(EndedError, match=r"status 3[^$]*token refused"):
            await bot.during(asyncio.sleep(60))


async def test_settings_of_the_machine_stay_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings in this process's environment don't reach the bot; those given to it do."""
    monkeypatch.setenv("DISCORD_TOKEN", "a real one")
    monkeypatch.setenv("PROMPT", "somebody's")
    telling = program("import os; print(os.environ.get('DISCORD_TOKEN'), os.environ.get('PROMPT'))")
    async with BotProcess({"DISCORD_TOKEN": "ours"}, tmp_path, program=telling) as bot:
        with pytest.raises(EndedError, match="ours None"):
            await bot.during(asyncio.sleep(60))


class Held:
    """A named pipe that a program holds open: when it closes, the program and its children have ended."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "pipe"
        os.mkfifo(self._path)
        self.holder = f"held = open({str(self._path)!r}, 'w'); import time; time.sleep(60)"
        """The source of a program that holds the pipe open and sleeps."""

    async def opened(self) -> int:
        """Open the reading end, which waits until a program holds the other."""
        return await asyncio.to_thread(os.open, self._path, os.O_RDONLY)

    @staticmethod
    async def let_go(end: int) -> None:
        """Wait until no program holds the pipe any more."""
        try:
            async with asyncio.timeout(20):
                assert await asyncio.to_thread(os.read, end, 1) == b""
        finally:
            os.close(end)


@pytest.fixture
def held(tmp_path: Path) -> Held:
    """The pipe, which no program holds yet."""
    return Held(tmp_path)


async def test_what_the_bot_started_ends_with_it(tmp_path: Path, held: Held) -> None:
    """A process that the bot started, and that would sleep on, is ended with it."""
    starting = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {held.holder!r}])"
    async with BotProcess({}, tmp_path, program=program(starting)):
        end = await held.opened()
    await held.let_go(end)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system ends a process with its parent")
async def test_the_bot_does_not_outlive_a_killed_parent(tmp_path: Path, held: Held) -> None:
    """The parent is killed and has no time to end the bot; the bot ends all the same."""
    parent = f"""
import asyncio, pathlib
from sandbox.bot_process import BotProcess

async def main():
    async with BotProcess({{}}, pathlib.Path({str(tmp_path)!r}), program=("-c", {held.holder!r})):
        await asyncio.Event().wait()

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent)
    end = await held.opened()
    process.kill()
    await process.wait()
    await held.let_go(end)
