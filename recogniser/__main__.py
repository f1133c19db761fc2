"""`python -m recogniser`: serve the completion API until the parent is gone or asks to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import stat
import sys
import threading
from typing import TYPE_CHECKING

from recogniser.weights import UnavailableError

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from recogniser.text_server import TextServer

_DESCRIPTION = """\
Serve an OpenRouter-style completion API on 127.0.0.1 that transcribes audio with a speech model running on
this machine (Whisper base). Any model name and any key will do. A prompt that asks for more than a transcript
is handed with the transcript to a text server in OpenAI's format, if the environment names one: LOCAL_TEXT_URL,
LOCAL_TEXT_MODEL, perhaps LOCAL_TEXT_KEY, and LOCAL_TEXT_PROXY for the address of a proxy on the way there.
Without one it only transcribes, and says so. When it is ready it prints one line of JSON with its base_url and model. It ends on SIGTERM,
and when the pipe that is its standard input is closed: so it never outlives the program that started it.
"""
_STDIN = 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until asked to stop; exits with status 1 and a sentence if it could not begin."""
    parser = argparse.ArgumentParser(prog="python -m recogniser", description=_DESCRIPTION)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(options.port))
    except UnavailableError as error:
        parser.exit(1, f"{error}\n")
    except OSError as error:
        parser.exit(1, f"Cannot serve on 127.0.0.1:{options.port}: {error.strerror}\n")
    except KeyboardInterrupt:
        parser.exit(130)


async def _serve(port: int) -> None:
    # Imported only now, so that `--help` does not wait for these libraries.
    from recogniser.model import NAME, Recogniser  # noqa: PLC0415
    from recogniser.server import Server  # noqa: PLC0415

    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, ending.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(ending.set))
    text_server = _text_server(os.environ)
    async with (
        Recogniser() as recogniser,
        Server(recogniser, port=port, text_server=text_server) as server,
    ):
        sys.stdout.write(json.dumps({"base_url": server.base_url, "model": NAME}) + "\n")
        sys.stdout.flush()
        _when_stdin_closes(loop, ending)
        await ending.wait()


def _text_server(environ: MutableMapping[str, str]) -> TextServer | None:
    """The text server the environment names, if any; what is secret of it is taken out."""
    from recogniser.text_server import TextServer  # noqa: PLC0415

    key, proxy = environ.pop("LOCAL_TEXT_KEY", ""), environ.pop("LOCAL_TEXT_PROXY", "")
    url = environ.get("LOCAL_TEXT_URL")
    if not url:
        return None
    return TextServer(url=url, model=environ.get("LOCAL_TEXT_MODEL", ""), key=key, proxy=proxy)


def _when_stdin_closes(loop: asyncio.AbstractEventLoop, ending: asyncio.Event) -> None:
    """Set `ending` when the other end of the pipe that is standard input closes, even because the parent was killed.

    Only a pipe or a socket has another end: a terminal is left to the shell, and under a service manager
    standard input is /dev/null, which says nothing.
    """
    mode = os.fstat(_STDIN).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return

    def watch() -> None:
        while os.read(_STDIN, 4096):
            pass
        loop.call_soon_threadsafe(ending.set)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


if __name__ == "__main__":
    main()
    # Without waiting for the recogniser's thread: nobody needs what it may still be working on, for seconds.
    os._exit(0)
