"""Starts the server that decoder processes are forked from, without the bot's secrets in its environment.

A process's environment stays readable, in `/proc`, as it was when the process began. The bot's holds a token and keys,
so whatever is not known to be harmless is left out.
"""

from __future__ import annotations

import os
import re
import tempfile

_HARMLESS = re.compile(
    r"PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|PYTHON\w*|VIRTUAL_ENV|LD_LIBRARY_PATH|COVERAGE\w*"
)
"""What a Python process may need of its surroundings; the rest may be secret."""
_LONGEST_FOLDER = 60
"""Bytes. The server's socket lies in a folder for temporary files, and a socket's name has some hundred bytes at most."""


def start() -> None:
    """Start `multiprocessing`'s fork server, unless it runs already.

    While it starts, the environment of this process lacks what is left out; then it is as it was.
    """
    from multiprocessing import forkserver  # noqa: PLC0415 - not every system has one

    hidden = {name: os.environ.pop(name) for name in list(os.environ) if not _HARMLESS.fullmatch(name)}
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) > _LONGEST_FOLDER:
        tempfile.tempdir = "/tmp"  # noqa: S108 - multiprocessing makes a folder of its own in it
    try:
        forkserver.ensure_running()
    finally:
        tempfile.tempdir = usual
        os.environ.update(hidden)
