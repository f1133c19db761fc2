"""`python -m sandbox`: the demo, or the stand-ins alone."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from recogniser.weights import UnavailableError
from sandbox import voice
from sandbox.bot_process import EndedError
from sandbox.demo import demonstrate, serve
from sandbox.endpoint import real_endpoint
from sandbox.sample import NOTE
from sandbox.scene import NoAnswerError
from sandbox.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

_INTERRUPTED = 130
_LEFT = 141
"""The exit status shells give a program that ended because the pipe it wrote to was closed (SIGPIPE)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    screen = Screen(sys.stdout)
    if options.command == "serve":
        work = serve(
            screen,
            record=options.record,
            discord_port=options.discord_port,
            openroute_port=options.openroute_port,
        )
        return _run(work, screen, once=False)
    try:
        voices = [(path.name, voice.record(path)) for path in options.files or [NOTE]]
    except voice.NotAudioError as error:
        return _complain(error)
    endpoint = real_endpoint(Path.cwd())
    work = demonstrate(screen, voices, once=options.once, endpoint=endpoint, record=options.record)
    return _run(work, screen, once=options.once)


def _run(work: Coroutine[object, object, None], screen: Screen, *, once: bool) -> int:
    status = _ended(work, screen, once=once)
    if not screen.left:
        return status
    # The interpreter would try once more to write what the closed pipe did not take.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return _LEFT


def _ended(work: Coroutine[object, object, None], screen: Screen, *, once: bool) -> int:
    """Run to the end; returns the exit status. Ctrl-C is a failure only if the work was to end by itself (`once`)."""
    try:
        asyncio.run(_until_told_to_stop(work, screen))
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.line("")
        return _INTERRUPTED if once else 0
    except (UnavailableError, EndedError, NoAnswerError) as error:
        return _complain(error)
    except TimeoutError:
        return _complain("The bot did not connect.")
    except OSError as error:
        return _complain(f"The stand-ins cannot start: {error.strerror}.")
    return 0


async def _until_told_to_stop(work: Coroutine[object, object, None], screen: Screen) -> None:
    """Treat SIGTERM, SIGHUP and a closed pipe as Ctrl-C, so that everything started here is ended."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    # Windows has none of both; there, Ctrl-C alone ends it.
    with contextlib.suppress(NotImplementedError, AttributeError):
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, task.cancel)
    screen.when_left(task.cancel)
    await task


def _complain(problem: object) -> int:
    print(problem, file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="Stand-ins for Discord and the completion API, on this machine."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run the bot between the stand-ins and show what happens")
    demo.add_argument("files", nargs="*", type=Path, metavar="FILE", help="audio to post (default: a sample)")
    demo.add_argument("--once", action="store_true", help="end when all are answered; status 1 if one is not")
    alone = commands.add_parser("serve", help="run the stand-ins alone, for a bot started elsewhere")
    alone.add_argument("--discord-port", type=int, default=0, metavar="PORT", help="default: any free one")
    alone.add_argument("--openroute-port", type=int, default=0, metavar="PORT", help="default: any free one")
    for command in (demo, alone):
        command.add_argument(
            "--record",
            type=Path,
            metavar="FILE",
            help="append what passes between bot and stand-ins, as JSON lines",
        )
    return parser


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    # Without waiting for the recogniser's thread: nobody needs what it may still be working on, for seconds.
    os._exit(status)
