"""What a journey runs on: stand-ins for both APIs, the bot as a process, and people who post."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.bot_process import settings_for
from sandbox.discord import Discord
from sandbox.openroute import Openroute
from sandbox.traffic import Recorder

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from recogniser.model import Recogniser
    from sandbox.discord import Channel, Guild, Message, Thread, User
    from sandbox.openroute.script import StreamItem
    from sandbox.openroute.server import Received
    from tests.journeys.forked import Forked, ForkServer

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sandbox" / "sample" / "note.ogg"
SAMPLE_SECONDS = 11.3
PATIENCE = 30.0
"""Seconds a journey waits for what must come; a green run never gets near."""


def surroundings() -> dict[str, str]:
    """The environment variables of every bot: of this machine's, only paths and language."""
    kept = (
        "PATH", "HOME", "LANG", "XDG_CACHE_HOME", "LOCAL_MODEL_DIR", "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE",
    )  # fmt: skip
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PYTHONPATH": str(ROOT),
        # discord.py imports audioop, which Python 3.13 takes from a package instead.
        "PYTHONWARNINGS": "error,ignore:'audioop' is deprecated:DeprecationWarning",
    }


class Bot:
    """A running process of the bot. Its log lines are kept as they come."""

    def __init__(self, process: asyncio.subprocess.Process | Forked) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self.raw = ""
        self.expected_status = 0
        self._news = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def logged(self, event: str, *, times: int = 1) -> dict[str, Any]:
        """Wait until an event has been logged so many times; returns its last line."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.lines if line.get("event") == event]

        async with self._news, asyncio.timeout(PATIENCE):
            await self._news.wait_for(lambda: len(found()) >= times or self._reading.done())
        assert len(found()) >= times, f"the bot ended without logging {event!r}:\n{self.raw}"
        return found()[times - 1]

    async def until(self, holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
        """Wait until something holds, which is looked at after each of its lines."""
        async with self._news, asyncio.timeout(seconds):
            await self._news.wait_for(lambda: holds() or self._reading.done())

    async def stop(self) -> int:
        """Ask it to stop with SIGTERM, as a host does; returns its exit status."""
        if self.process.returncode is None:
            self.process.terminate()
        return await self.ended()

    async def kill(self) -> None:
        """Kill it (SIGKILL)."""
        self.process.kill()
        await self.ended()

    async def ended(self) -> int:
        """Wait until it has ended; returns its exit status."""
        async with asyncio.timeout(PATIENCE):
            status = await self.process.wait()
            await self._reading
        return status

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._news:
                self.raw += line.decode()
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    self.lines.append({"event": line.decode().strip()})
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()


@asynccontextmanager
async def _running(process: asyncio.subprocess.Process | Forked) -> AsyncGenerator[Bot]:
    """A bot that has been started. It is stopped at the end and must have ended well, without a traceback."""
    bot = Bot(process)
    try:
        yield bot
        assert await bot.stop() == bot.expected_status, bot.raw
        assert "Traceback" not in bot.raw, bot.raw
    finally:
        if process.returncode is None:
            await bot.kill()


class Stage:
    """One server with a channel, someone who sends notes, both stand-ins; the bot comes when it is started."""

    def __init__(
        self, discord: Discord, openroute: Openroute, folder: Path, fork_server: ForkServer | None
    ) -> None:
        self.discord = discord
        self.openroute = openroute
        self.folder = folder
        self._fork_server = fork_server
        self.guild: Guild = discord.add_guild("Workshop")
        self.channel: Channel = discord.add_channel(self.guild, "general")
        self.anna: User = discord.add_user("anna")
        discord.add_member(self.guild, self.anna)

    @asynccontextmanager
    async def bot(self, *arguments: str, **settings: str) -> AsyncGenerator[Bot]:
        """Start the bot and wait until it is connected; it is stopped at the end. `settings` are environment variables."""
        async with self._started("run", *arguments, **settings) as bot:
            connected = asyncio.ensure_future(
                self.discord.wait_for(lambda: self.discord.gateway.connected, PATIENCE)
            )
            ended = asyncio.ensure_future(bot.process.wait())
            await asyncio.wait([connected, ended], return_when=asyncio.FIRST_COMPLETED)
            connected.cancel()
            ended.cancel()
            assert bot.process.returncode is None, bot.raw
            yield bot

    @asynccontextmanager
    async def worker(self, **settings: str) -> AsyncGenerator[Bot]:
        """Start a worker process and wait until it works; it is stopped at the end."""
        async with self._started("worker", **settings) as worker:
            await worker.logged("working")
            yield worker

    @asynccontextmanager
    async def _started(self, command: str, *arguments: str, **settings: str) -> AsyncGenerator[Bot]:
        """Fork the bot from a process that has its imports behind it, or start it from nothing where that can't be."""
        environment = self.environment(**settings)
        if self._fork_server is None or not self._fork_server.serves(environment):
            starting = self.starting_bot(*arguments, command=command, **settings)
        else:
            process = await self._fork_server.start(
                command, *arguments, folder=self.folder, environment=environment
            )
            starting = _running(process)
        async with starting as bot:
            yield bot

    async def migrate(self, **settings: str) -> None:
        """Bring a database up to date, as an operator does."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "migrate", cwd=self.folder, env=self.environment(**settings)
        )
        assert await process.wait() == 0

    @asynccontextmanager
    async def starting_bot(
        self, *arguments: str, command: str = "run", **settings: str
    ) -> AsyncGenerator[Bot]:
        """Start the bot from nothing, without waiting; it is stopped at the end and must have ended well."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            command,
            *arguments,
            cwd=self.folder,
            env=self.environment(**settings),
            stderr=asyncio.subprocess.PIPE,
        )
        async with _running(process) as bot:
            yield bot

    def environment(self, **settings: str) -> dict[str, str]:
        """The environment variables the bot is started with."""
        return {
            **surroundings(),
            **settings_for(self.discord, self.openroute),
            "LOG_FORMAT": "json",
            # Answers are compared as a whole; what is added to the first of them has journeys of its own.
            "NOTICE": "off",
            **settings,
        }

    def post_note(self, channel: Channel | None = None, *, author: User | None = None) -> Message:
        """Somebody posts the sample as a voice message."""
        return self.discord.post_voice(
            channel or self.channel, author or self.anna, SAMPLE.read_bytes(), duration=SAMPLE_SECONDS
        )

    async def thread_on(self, message: Message) -> Thread:
        """Wait for the thread on a message."""
        return await self.discord.wait_for(lambda: message.thread, PATIENCE)

    def of_the_bot(self, channel: Channel) -> list[Message]:
        """The bot's messages in a channel."""
        return [message for message in channel.messages if message.author is self.discord.me]

    async def said(self, channel: Channel, text: str, *, count: int = 1) -> list[Message]:
        """Wait until the bot has sent `count` messages whose texts, joined by line breaks, hold `text`; returns them."""

        def there() -> list[Message] | None:
            messages = self.of_the_bot(channel)
            whole = "\n".join(message.content for message in messages)
            return messages if len(messages) >= count and text in whole else None

        return await self.discord.wait_for(there, PATIENCE)


@asynccontextmanager
async def opened(
    folder: Path,
    *,
    record: str | None,
    fork_server: ForkServer | None,
    listener: Recogniser | None = None,
    answer: Callable[[Received], AsyncIterator[StreamItem]] | None = None,
) -> AsyncGenerator[Stage]:
    """Run both stand-ins. At the end neither was asked for a route it does not have, and nothing said could ping."""
    recorder = Recorder(Path(record)) if record else None
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(Discord(recorder))
        openroute = await stack.enter_async_context(Openroute(listener, answer=answer, recorder=recorder))
        yield Stage(discord, openroute, folder, fork_server)
        assert discord.unknown == []
        assert discord.could_ping == []
        assert openroute.unknown == []
