"""The processes that `multiprocessing` starts beside a bot, forked from what the bot is forked from.

There are two, the bot's own children: the fork server that its decoders come from, and the resource tracker. Each executes
what it would execute if it were started from nothing, with the files and the environment that it would be given; but the
interpreter is there already, with what they import, which is a third of all that a bot takes until it is ready.

They are forked before the bot has its environment, so what it is to keep from them is not in their memory either.
"""

from __future__ import annotations

import fcntl
import json
import multiprocessing.util
import os
import socket
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Sequence

PRELOAD = ("multiprocessing.forkserver", "bot.decoder.preparing", "bot.decoder.confining", "pebble")
"""What those two import."""
_LARGEST = 1_000_000
_MOST_FILES = 8
_OUT_OF_THE_WAY = 100
"""The least number of a file that is still to get its own."""


class _Waiting:
    """A process that waits to be told what to execute, and ends when nobody can tell it any more."""

    def __init__(self) -> None:
        self._telling, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = os.fork()
        if self._pid == 0:
            self._telling.close()
            _wait(told)
        told.close()

    def begin(self, program: str, files: Sequence[int]) -> int:
        """Have it execute a program, with files that have the same numbers there; its process id."""
        request = {"program": program, "environment": dict(os.environ), "files": files}
        with self._telling:
            socket.send_fds(self._telling, [json.dumps(request).encode()], files)
        return self._pid


def prefork() -> None:
    """Fork them; `multiprocessing`, when it starts a process from nothing, begins these first, each once."""
    usual = multiprocessing.util.spawnv_passfds
    waiting = [_Waiting(), _Waiting()]

    def spawnv_passfds(path: bytes, arguments: Sequence[str], files: Sequence[int]) -> int:
        return waiting.pop().begin(arguments[-1], files) if waiting else usual(path, arguments, files)

    multiprocessing.util.spawnv_passfds = spawnv_passfds


def _wait(told: socket.socket) -> NoReturn:
    status = 1
    try:
        with told:
            text, files, *_ = socket.recv_fds(told, _LARGEST, _MOST_FILES)
        if text:
            request = json.loads(text)
            _number(files, request["files"])
            os.environ.clear()
            os.environ.update(request["environment"])
            exec(request["program"], {"__name__": "__main__"})  # noqa: S102 - as the interpreter would
        status = 0
    except SystemExit:
        status = 0
    except BaseException:  # noqa: BLE001 - it is the last there is
        traceback.print_exc()
    finally:
        if sys.stderr is not None:
            sys.stderr.flush()
        os._exit(status)


def _number(files: Sequence[int], numbers: Sequence[int]) -> None:
    """Give files their numbers. None of those may be taken from another of them before it has its own."""
    away = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY) for file in files]
    for file in files:
        os.close(file)
    for file, number in zip(away, numbers, strict=True):
        os.dup2(file, number, inheritable=False)
        os.close(file)
