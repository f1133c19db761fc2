"""Keeps other processes from an SQLite file: two bots on one file would answer every note twice."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


class InUseError(Exception):
    """Another process holds the lock."""


@contextmanager
def exclusive(path: str) -> Generator[None]:
    """Hold the lock of the file at `path` while open; the folder is made if need be. The lock is a file beside it.

    The system gives the lock back however the process ends.

    Raises:
        InUseError: another process holds it.
        OSError: folder or lock file can't be made.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{path}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InUseError(path) from error
        yield
