"""The program that bots of tests are forked from: it has loaded what `python -m bot COMMAND` and its decoders load.

Most of what a bot takes until it is ready is imports and catalogues, the same ones for each of the hundreds that journeys
start. A bot that is forked is a process like any other, with its own environment, folder, files and exit status, and runs
`bot` as its main module, as `python -m bot` does.

What is asked comes over the socket whose number is the first argument; the command is the second. It is a JSON object
`{"folder", "environment", "arguments"}` with files: the bot's standard error, a pipe that gets a line with its process id
and, when it has ended, one with its exit status (-N: by signal N), and perhaps its standard output. The program ends when
the other side closes the socket.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from contextlib import suppress
from typing import NoReturn, TypedDict

from bot import reply
from tests.journeys import preforked

_LARGEST = 1_000_000


class Request(TypedDict):
    """What a bot is started with."""

    folder: str
    environment: dict[str, str]
    arguments: list[str]


def preload(command: str) -> None:
    """Load what `run` loads on an empty folder: its cogs, what makes its database, and its languages; others need less.

    And what the processes beside it load (`preforked`): FFmpeg is in memory, though no bot uses it.
    """
    for name in preforked.PRELOAD:
        importlib.import_module(name)
    cogs: tuple[str, ...] = importlib.import_module("bot.__main__").COGS
    if command == "run":
        for name in ("bot.run", *cogs, "filelock", "alembic.command", "alembic.util"):
            importlib.import_module(name)
        for locale in reply.LOCALES:
            reply.words_for(locale)
    # It is run anew in each bot, as its main module; discord.py likewise runs each cog anew.
    del sys.modules["bot.__main__"]
    # What is loaded stays until the end. A bot that looked for garbage in it would copy every page of it: half of its CPU.
    gc.collect()
    gc.freeze()


def serve(asking: socket.socket) -> Request | None:
    """Fork a bot for each request until nobody asks any more. In a bot this returns its request, otherwise None."""
    running: dict[int, int] = {}
    woken, waking = socket.socketpair()
    waking.settimeout(0)
    usual = signal.signal(signal.SIGCHLD, _wake)
    signal.set_wakeup_fd(waking.fileno())
    with asking, woken, waking, selectors.DefaultSelector() as selector:
        selector.register(asking, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if woken in ready:
                woken.recv(4096)
                _tell_who_ended(running)
            if asking in ready:
                text, files, *_ = socket.recv_fds(asking, _LARGEST, 3)
                if not text:
                    signal.set_wakeup_fd(-1)
                    return None
                error, status, *output = files
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    signal.signal(signal.SIGCHLD, usual)
                    os.dup2(error, 2)
                    if output:
                        _write_to(output[0])
                    for each in (error, status, *output, *running.values()):
                        os.close(each)
                    return json.loads(text)
                for each in (error, *output):
                    os.close(each)
                running[pid] = status
                os.write(status, b"%d\n" % pid)


def _write_to(output: int) -> None:
    """Make this file the standard output, as Python does when it starts: of another kind, it would be written otherwise."""
    os.dup2(output, 1)
    sys.stdout = sys.__stdout__ = open(  # noqa: SIM115 - for as long as the process lives
        1, "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, newline="\n", closefd=False
    )


def _wake(*_: object) -> None:
    """The number of the signal is written to `serve`'s socket; without a handler it would not be."""


def _tell_who_ended(running: dict[int, int]) -> None:
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            pipe = running.pop(pid)
            # A test that failed may have gone without it.
            with suppress(BrokenPipeError):
                os.write(pipe, b"%d\n" % os.waitstatus_to_exitcode(status))
            os.close(pipe)


def _end(status: int) -> NoReturn:
    """End as the interpreter does, but leave the modules as they are.

    To free what is in them would copy every page that was there before the fork. What the bot itself left is freed, and
    complains if it should have been closed.
    """
    threading._shutdown()  # noqa: SLF001  # pyright: ignore[reportAttributeAccessIssue]
    atexit._run_exitfuncs()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main() -> None:
    """Import, fork; in a bot: be it."""
    preload(sys.argv[2])
    request = serve(socket.socket(fileno=int(sys.argv[1])))
    if request is not None:
        os.chdir(request["folder"])
        preforked.prefork()
        os.environ.clear()
        os.environ.update(request["environment"])
        sys.argv = ["bot", *request["arguments"]]
        try:
            runpy.run_module("bot", run_name="__main__", alter_sys=True)
        except SystemExit as ended:
            if isinstance(ended.code, int):
                _end(ended.code)
            raise


if __name__ == "__main__":
    main()
