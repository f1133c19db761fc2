"""What a machine does to a program on it, done to the bot alone: its disk gets full, its clock is set.

The disk is a small file system in memory; the clock is what `set_clock` tells them.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path
    from types import TracebackType

_MUCH = bytes(1 << 20)


class DisklessError(Exception):
    """No file system can be mounted here; the message says why."""


class SmallDisk:
    """A file system of so many megabytes at `folder`, which is there while the context is open. Takes root.

    Raises `DisklessError` when it can't be had.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        self._megabytes = megabytes

    def __enter__(self) -> Self:
        self.folder.mkdir()
        options = f"size={self._megabytes}m,mode=700"
        _run("mount", "-t", "tmpfs", "-o", options, "earshot", str(self.folder))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _run("umount", "--lazy", str(self.folder))

    @contextmanager
    def full(self) -> Generator[None]:
        """While the context is open, there is no byte left."""
        filling = self.folder / "full"
        with filling.open("wb", buffering=0) as file:
            # Others write at the same time, so nobody knows before how much fits.
            with suppress(OSError):
                while True:
                    file.write(_MUCH)
            try:
                yield
            finally:
                # Unlinked alone, it has been seen to keep its room.
                file.truncate(0)
                filling.unlink()


class Clock:
    """The clock of programs that `set_clock` runs; `file` keeps by how much it is wrong."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0)

    def set(self, seconds: int) -> None:
        """Set it so many seconds ahead of the true time (below 0: behind). They see it within a moment."""
        beside = self.file.with_suffix(".new")
        beside.write_text(f"{seconds}")
        beside.replace(self.file)


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the system's own, with our words
    except FileNotFoundError as error:
        raise DisklessError(f"there is no {command[0]} here") from error
    except subprocess.CalledProcessError as error:
        raise DisklessError(error.stderr.decode(errors="replace").strip()) from error
