"""Folders for the files that are worked on. They are people's recordings: removed at the end, or by the next run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from bot import errors, system

if TYPE_CHECKING:
    from collections.abc import Generator

_PREFIX = "earshot-"
_FOLDER = re.compile(_PREFIX + r"\d+-\w+")

log = structlog.get_logger("earshot.scratch")


@contextlib.contextmanager
def scratch(parent: Path | None = None) -> Generator[Path]:
    """A folder for this run alone, `earshot-<process>-<random>`, gone at the end.

    It is locked for as long as the process lives, however that ends. Before, those nobody holds a lock on, of runs
    that were killed, are removed.

    Args:
        parent: where it is made; the system's folder for temporary files if not given.
    """
    parent = parent or Path(tempfile.gettempdir())
    _sweep(parent)
    with contextlib.ExitStack() as stack:
        while True:
            folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
            # Until it is locked, another run may take it for a dead one's; then there has to be a new one.
            if stack.enter_context(system.held_folder(folder, wait=True)):
                break
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


@contextlib.contextmanager
def working_folder(parent: Path) -> Generator[Path]:
    """A folder in `parent` for the work on one file, gone at the end.

    Also where the work was cancelled, and a decoder process writes on until it is ended: it finds no folder any more.

    Raises:
        DiskFailed: there can be none.
    """
    with on_disk("there can be no folder for it"):
        folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        # Somebody may have tidied up; and no trouble here should hide what the work came to.
        with contextlib.suppress(OSError):
            shutil.rmtree(folder.rename(folder.with_suffix(".gone")), ignore_errors=True)


@contextlib.contextmanager
def on_disk(trouble: str) -> Generator[None]:
    """A context in which files are written or read. Raises `DiskFailed`, which begins with `trouble`, if that can't be."""
    try:
        yield
    except OSError as error:
        raise errors.DiskFailed(f"{trouble}: {error.strerror or type(error).__name__}") from error


def _sweep(parent: Path) -> None:
    count = 0
    # Thousands of files of others may lie there.
    with os.scandir(parent) as entries:
        found = [Path(entry) for entry in entries if _FOLDER.fullmatch(entry.name) and not entry.is_symlink()]
    for folder in found:
        with system.held_folder(folder, wait=False) as ours:
            if ours:
                shutil.rmtree(folder, ignore_errors=True)
                count += 1
    if count:
        log.warning("a former run was killed; its temporary files are removed", folders=count)
