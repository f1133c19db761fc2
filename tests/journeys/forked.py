"""Starts bots by forking them from a process that has their imports behind it: one a worker of the test run."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bot import storage
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_SETTINGS = {name.upper() for name in Settings.model_fields}
_DATABASE = "earshot.db"
"""The file a bot makes in its folder if nothing else is set."""


class ForkServerError(Exception):
    """The process that bots are forked from is not there any more."""


class Forked:
    """A forked process, with what `asyncio.subprocess.Process` has."""

    def __init__(self, pid: int, stderr: asyncio.StreamReader, status: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stderr = stderr
        self._ending = asyncio.create_task(_last_number(status))

    @property
    def returncode(self) -> int | None:
        """Its exit status, -N if signal N ended it; None while it runs."""
        return self._ending.result() if self._ending.done() else None

    def terminate(self) -> None:
        """Send SIGTERM, unless it has ended."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended."""
        self._send(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it has ended; its exit status."""
        return await asyncio.shield(self._ending)

    def _send(self, what: signal.Signals) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, what)


class ForkServer:
    """The process that bots are forked from, started with an environment that all of them share.

    `run` needs a database: in a folder without one, it finds the one it would make there.
    """

    def __init__(self, asking: socket.socket, environment: Mapping[str, str], command: str) -> None:
        self._asking = asking
        self._environment = dict(environment)
        self._database = _empty_database() if command == "run" else None

    @classmethod
    @contextmanager
    def started(cls, environment: Mapping[str, str], *, command: str = "run") -> Generator[Self]:
        """Start it for what `command` loads; it ends with the context."""
        asking, asked = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        program = [sys.executable, "-m", "tests.journeys.fork_server", str(asked.fileno()), command]
        with asking, subprocess.Popen(program, env=dict(environment), pass_fds=[asked.fileno()]):  # noqa: S603 - ours
            asked.close()
            yield cls(asking, environment, command)
            asking.close()

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a process with this environment may be forked from this one: nothing but settings of the bot is different.

        What else there is may be heeded by some module when it is imported.
        """
        different = {
            name
            for name in {*environment, *self._environment}
            if environment.get(name) != self._environment.get(name)
        }
        return different <= _SETTINGS

    async def start(
        self, *arguments: str, folder: Path, environment: Mapping[str, str], stdout: int | None = None
    ) -> Forked:
        """Start `python -m bot` with these arguments; `stdout` is the file that is its standard output, if not this process's.

        Raises:
            ForkServerError: the fork server has ended.
        """
        database = folder / _DATABASE
        if self._database is not None and "DATABASE_URL" not in environment and not database.exists():
            database.write_bytes(self._database)
        request = {"folder": str(folder), "environment": dict(environment), "arguments": arguments}
        errors, its_errors = os.pipe()
        statuses, its_status = os.pipe()
        stderr, status = await reader(errors), await reader(statuses)
        files = [its_errors, its_status, *([] if stdout is None else [stdout])]
        try:
            socket.send_fds(self._asking, [json.dumps(request).encode()], files)
        except OSError as error:
            raise ForkServerError from error
        finally:
            os.close(its_errors)
            os.close(its_status)
        return Forked(await _number(status), stderr, status)


def _empty_database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / _DATABASE
        asyncio.run(storage.migrate(f"sqlite:///{path}"))
        return path.read_bytes()


async def reader(pipe: int) -> asyncio.StreamReader:
    """What comes out of a pipe, which is closed at its end."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
    )
    return reader


async def _number(reader: asyncio.StreamReader) -> int:
    line = await reader.readline()
    if not line:
        raise ForkServerError
    return int(line)


async def _last_number(reader: asyncio.StreamReader) -> int:
    number = await _number(reader)
    # The pipe is closed when its end has been read.
    await reader.read()
    return number
