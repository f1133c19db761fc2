"""Prints to the command line's two outputs, in any encoding, and notices when nobody reads them any more."""

from __future__ import annotations

import errno
import io
import os
import sys


class OutputLostError(Exception):
    """Printing failed: the reader has gone (`gone`), or a disk is full; the text says which."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.gone = error.errno == errno.EPIPE


def take_any_text() -> None:
    """Print characters that the output's encoding lacks as escapes, instead of failing."""
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
    """Print a remark about the work on standard error. It does not matter whether somebody reads it."""
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        _to_nowhere(2)


def _to_nowhere(output: int) -> None:
    """Redirect an output to nowhere: otherwise Python would try again at its end, and print a traceback."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, output)
    os.close(nowhere)
