"""The command line's two outputs: any text in any encoding, and a quiet end where nobody takes it any more."""

from __future__ import annotations

import errno
import io
import os
import sys


class OutputLostError(Exception):
    """What is printed goes nowhere: the reader has gone (`gone`), or there is no room; the text says which."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.gone = error.errno == errno.EPIPE


def take_any_text() -> None:
    """Have signs that the output's encoding lacks printed as their numbers."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def answer(text: str) -> None:
    """Print what was asked for, on standard output.

    Raises:
        OutputLostError: nobody gets it.
    """
    try:
        print(text, flush=True)  # noqa: T201 - the one place for it
    except OSError as error:
        _to_nowhere(1)
        raise OutputLostError(error) from error


def remark(text: str) -> None:
    """Print, beside the answers, how it goes, on standard error. Whether somebody reads it is no matter."""
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        _to_nowhere(2)


def _to_nowhere(output: int) -> None:
    """Give up on an output: what Python still has for it would be tried again at the end, with a traceback."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output)
    os.close(nowhere)
