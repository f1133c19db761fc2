"""Runs the real bot as a process that never outlives the program that started it: for demo, tests and benchmarks."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence
    from types import TracebackType

    from sandbox.discord import Discord
    from sandbox.openroute import Openroute

T = TypeVar("T")

BOT = ("-m", "bot", "run")
_DIE_WITH_PARENT = ("-m", "sandbox.die_with_parent")

_SOURCES = Path(__file__).parent.parent
_PATIENCE = 15.0
_LAST_LINES = 15
# The variables a program needs from the machine; settings of a bot that are set here are not passed on.
_PASSED_ON = {"HOME", "LANG", "LC_ALL", "PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ", "VIRTUAL_ENV"}


class EndedError(Exception):
    """The bot ended without being asked to; the message has its exit status and the end of its log."""


def clean_environment() -> dict[str, str]:
    """The environment for a process started from these sources: this process's, without settings of a bot."""
    machine = {name: value for name, value in os.environ.items() if name in _PASSED_ON}
    return {**machine, "PYTHONPATH": str(_SOURCES)}


def settings_for(discord: Discord, openroute: Openroute) -> dict[str, str]:
    """The environment variables with which a bot talks to these two stand-ins."""
    return {
        **discord_settings(discord),
        "OPENROUTE_BASE_URL": openroute.base_url,
        "OPENROUTE_API_KEY": openroute.key,
    }


def discord_settings(discord: Discord) -> dict[str, str]:
    """Those of them that lead to the stand-in for Discord."""
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "CDN_HOSTS": discord.cdn_host,
    }


class BotProcess:
    """A running bot, an async context manager. It works in `folder` and writes its log there.

    `environment` has its settings; `program` are the arguments of the interpreter, if not those that run the bot.
    """

    def __init__(self, environment: Mapping[str, str], folder: Path, *, program: Sequence[str] = BOT) -> None:
        self.log = folder / "bot.log"
        self._program = program
        self._folder = folder
        self._environment = {**clean_environment(), **environment}

    async def __aenter__(self) -> Self:
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *_DIE_WITH_PARENT,
                str(os.getpid()),
                *self._program,
                # In a folder of its own, where there is no .env for it to read.
                cwd=self._folder,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C at the terminal does not reach it: it is asked to end below.
                start_new_session=True,
            )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _PATIENCE)
        finally:
            # Kill what is left of the bot and of the processes it started, which share its group.
            with suppress(ProcessLookupError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    @property
    def session(self) -> int:
        """The id of its process, which is also that of the session to which all processes it starts belong."""
        return self._process.pid

    async def during(self, work: Coroutine[object, object, T]) -> T:
        """Run `work` and return its result. Raises `EndedError` if the bot ends before."""
        working = asyncio.ensure_future(work)
        ending = asyncio.ensure_future(self._process.wait())
        try:
            await asyncio.wait({working, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise EndedError(f"The bot ended with status {ending.result()}.\n{self.last_words()}")
            return working.result()
        finally:
            working.cancel()
            ending.cancel()
            await asyncio.gather(working, ending, return_exceptions=True)

    def last_words(self) -> str:
        """The last lines of its log, indented."""
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
