"""Keeps the bot's processes running for `torture`: each can be killed at any moment, and is started again as by a host."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
    from types import TracebackType

T = TypeVar("T")

_SOURCES = Path(__file__).parent.parent
# The variables a program needs from the machine; settings of a bot that are set here are not passed on.
_PASSED_ON = {"HOME", "LANG", "LC_ALL", "PATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE"}
_PATIENCE = 30.0
"""Seconds a process may take to end in order."""
_PAUSE_AFTER_A_DEATH = 1.0
_SHORT_LIFE = 20.0
_SHORT_LIVES = 3
"""After so many processes in a row that ended by themselves within `_SHORT_LIFE` seconds, it is given up."""
_LAST_LINES = 8


BOT = ("-m", "bot")


@dataclass(frozen=True, slots=True)
class Role:
    """What a process does: `arguments` for `python -m bot`. After a kill it is started again in `away` (from, to) seconds."""

    name: str
    arguments: tuple[str, ...]
    away: tuple[float, float] = (0.0, 0.0)
    works: bool = True
    """Whether it works on notes."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Variables that are its alone."""
    program: tuple[str, ...] = BOT
    """The arguments of the interpreter that come before its own."""


ALONE = (Role("bot", ("run",)),)
FLEET = (
    Role("gateway", ("run", "--gateway-only"), works=False),
    *(Role(f"worker-{number}", ("worker",), (2.0, 8.0)) for number in (1, 2, 3)),
)


class BrokenError(Exception):
    """The bot ends by itself again and again, or a command of it fails; the message has the end of its log."""


class Supervisor:
    """Keeps one process running, and starts it again whenever it ends. `worker-1.2` is the second process of `worker-1`."""

    def __init__(
        self, role: Role, environment: Mapping[str, str], folder: Path, chance: random.Random
    ) -> None:
        self.role = role
        self.process_name = ""
        self.running = asyncio.Event()
        """Set while the process runs."""
        self.unexpected_exits: list[str] = []
        """A sentence for each process that ended without being asked to, or not as it should."""
        self.groups: list[int] = []
        """The process groups of all processes started here: one each, to which the processes it starts belong."""
        self._environment = environment
        self._folder = folder
        self._chance = chance
        self._began = 0
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._stopping = False
        self._may_return = asyncio.Event()

    async def supervise(self) -> None:
        """Start the process, and again whenever it ends, until `stop`. Raises `BrokenError` if that is no use."""
        self._stopping = False
        short_lives = 0
        while not self._stopping:
            began = time.monotonic()
            self._process = process = await self._spawn()
            self.running.set()
            if self._stopping:
                process.terminate()
            status = await process.wait()
            self._process = None
            self.running.clear()
            if self._killed:
                await self._may_return.wait()
                self._killed = False
                await asyncio.sleep(self._chance.uniform(*self.role.away))
            elif not self._stopping:
                self.unexpected_exits.append(f"{self.process_name} ended by itself with status {status}")
                short_lives = short_lives + 1 if time.monotonic() - began < _SHORT_LIFE else 0
                if short_lives == _SHORT_LIVES:
                    raise BrokenError(
                        f"{self.unexpected_exits[-1]}, like those before it.\n{self._last_words()}"
                    )
                await asyncio.sleep(_PAUSE_AFTER_A_DEATH)
            elif status not in (
                0,
                -signal.SIGTERM,
            ):  # a process that has only just been started ends by the signal itself
                self.unexpected_exits.append(
                    f"{self.process_name} was asked to end and did with status {status}"
                )

    @asynccontextmanager
    async def killed(self) -> AsyncGenerator[float]:
        """Kill the process with SIGKILL; gives the Unix seconds of that. The next is started after the context ends."""
        assert self._process is not None  # noqa: S101 - asked for by whoever looked whether it is running
        process, self._killed = self._process, True
        self._may_return.clear()
        at = time.time()
        process.kill()
        await process.wait()
        try:
            yield at
        finally:
            self._may_return.set()

    def stop(self) -> None:
        """Ask the process to end (SIGTERM), as a host does."""
        self._stopping = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def kill(self) -> None:
        """Kill the process, which has not ended when it was asked to."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    @property
    def orphans(self) -> int:
        """How many processes have ended although others that they had started still run."""
        running = self._process.pid if self._process is not None else None
        return sum(group != running and _lives(group) for group in self.groups)

    async def _spawn(self) -> asyncio.subprocess.Process:
        self._began += 1
        self.process_name = f"{self.role.name}.{self._began}"
        environment = {**self._environment, **self.role.environment}
        process = await start(
            self.role.arguments, environment, self._folder, self.process_name, program=self.role.program
        )
        self.groups.append(process.pid)
        return process

    def _last_words(self) -> str:
        lines = _log(self._folder, self.process_name).read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])


class Fleet:
    """The bot as several processes, each with its supervisor; they run while the context is open."""

    def __init__(
        self, roles: Sequence[Role], environment: Mapping[str, str], folder: Path, chance: random.Random
    ) -> None:
        self.supervisors = [Supervisor(role, environment, folder, chance) for role in roles]
        self._keeping: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._keeping = [asyncio.create_task(supervisor.supervise()) for supervisor in self.supervisors]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.stop()
        finally:
            for supervisor in self.supervisors:
                for group in supervisor.groups:
                    with suppress(ProcessLookupError):
                        os.killpg(group, signal.SIGKILL)

    async def during(self, work: Coroutine[object, object, T]) -> T:
        """Run `work` and return its result. Raises `BrokenError` if a process ends by itself again and again."""
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working, *self._keeping}, return_when=asyncio.FIRST_COMPLETED)
            for keeping in self._keeping:
                if keeping.done():
                    keeping.result()
            return await working
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def stop(self) -> None:
        """Ask every process to end; those that have not after half a minute are killed."""
        for supervisor in self.supervisors:
            supervisor.stop()
        _, late = await asyncio.wait(self._keeping, timeout=_PATIENCE)
        if late:
            for supervisor in self.supervisors:
                supervisor.kill()
        await asyncio.gather(*self._keeping, return_exceptions=True)

    @property
    def unexpected_exits(self) -> list[str]:
        """A sentence for each process that ended without being asked to, or not as it should."""
        return [death for supervisor in self.supervisors for death in supervisor.unexpected_exits]

    @property
    def orphans(self) -> int:
        """How many processes have ended although others that they had started still run."""
        return sum(supervisor.orphans for supervisor in self.supervisors)


async def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    name: str,
    *,
    program: Sequence[str] = BOT,
) -> asyncio.subprocess.Process:
    """Start `python -m bot ARGUMENTS`, which works and writes `NAME.log` in `folder`; its requests to the model have the name."""
    machine = {key: value for key, value in os.environ.items() if key in _PASSED_ON}
    with _log(folder, name).open("wb") as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *program,
            *arguments,
            # In a folder of its own, where there is no .env for it to read.
            cwd=folder,
            env={**machine, "PYTHONPATH": str(_SOURCES), **environment, "APP_TITLE": name},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # In a group of its own: Ctrl-C at the terminal does not reach it, and what it leaves running can be found.
            start_new_session=True,
        )


async def once(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
    """Run a command of the bot to its end. Raises `BrokenError`, with its log, if the status is not 0."""
    name = arguments[0]
    process = await start(arguments, environment, folder, name)
    status = await process.wait()
    if status != 0:
        log = _log(folder, name).read_text(errors="replace")
        raise BrokenError(f"`python -m bot {' '.join(arguments)}` ended with status {status}.\n{log}")


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"
