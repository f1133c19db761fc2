"""What a decoder process must survive or be ended for; apart, since those processes import it by name."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import posix
import signal
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bot import decoder

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.decoder import Fit, Job, Unfit

ALIVE = "alive"
"""A FIFO in the target folder; it is held open for writing for as long as the process that hangs lives."""


def hang(job: Job) -> Fit | Unfit:
    """Never come back."""
    with (Path(job.target_folder) / ALIVE).open("w") as alive:
        alive.write(f"{os.getpid()}\n")
        alive.flush()
        while True:
            time.sleep(60)


def hog(job: Job) -> Fit | Unfit:
    """Ask for more memory than anything needs."""
    hoard = [bytes(50_000_000) for _ in range(100)]
    raise AssertionError(f"was given all of it: {len(hoard)}")


def die(job: Job) -> Fit | Unfit:
    """End as the system ends a process, or a codec that crashed."""
    signal.raise_signal(signal.SIGKILL)
    raise AssertionError


def die_at_the_end(job: Job) -> Fit | Unfit:
    """Likewise, behind what was told of by then."""
    decoder.prepare(job)
    return die(job)


def confess(job: Job) -> Fit | Unfit:
    """Try what a process that was taken over would; what came of it is told as an accident."""
    outside = Path("/var/tmp/earshot-was-here")  # noqa: S108 - it never should be
    inside = Path(job.target_folder) / "written"
    parent = os.getppid()
    tried: dict[str, Callable[[], object]] = {
        "socket": lambda: socket.socket(socket.AF_INET),
        "local socket": lambda: socket.socket(socket.AF_UNIX),
        "program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "signal": lambda: os.kill(parent, 0),
        "environment of another": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "memory of another": lambda: os.open(f"/proc/{parent}/mem", os.O_RDONLY),
        "write outside": lambda: outside.write_text("!"),
        "write inside": lambda: inside.write_text("!"),
        "large file": lambda: _grow(inside),
        "many files": lambda: [os.open("/dev/null", os.O_RDONLY) for _ in range(100)],
    }
    told: dict[str, object] = {
        "variables": [*os.environ, *posix.environ],
        "no new privileges": ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1,
    }
    for name, attempt in tried.items():
        try:
            attempt()
            told[name] = "done"
        except OSError as error:
            told[name] = errno.errorcode[error.errno or 0]
    raise LookupError(json.dumps(told))


def confess_pid(job: Job) -> Fit | Unfit:
    """Tell which process this is."""
    raise LookupError(str(os.getpid()))


def _grow(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10**12)


def grow(job: Job) -> Fit | Unfit:
    """Write a larger file than a process may."""
    _grow(Path(job.target_folder) / "large")
    raise LookupError(job.source)


def reach_out(job: Job) -> Fit | Unfit:
    """Try what a process may not."""
    socket.socket(socket.AF_INET)
    raise LookupError(job.source)


def find_no_room(job: Job) -> Fit | Unfit:
    """Meet a disk that is full."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), job.target_folder)


def trip(job: Job) -> Fit | Unfit:
    """Fail in a way nobody has thought of."""
    raise LookupError(job.source)


def stay(path: Path, seconds: float = 600) -> None:
    """Make a file, and stay."""
    path.touch()
    time.sleep(seconds)


def fail_to_begin() -> None:
    """What a process does that can't begin."""
    raise MemoryError


def begin() -> None:
    """What a process does before its first call: nothing."""


class Latecomer:
    """Handed to each process of a pool at its start. The first has it at once, and each after it when that is to end."""

    def __init__(self, folder: str, *, first: bool = False) -> None:
        self.folder = folder
        self.first = first

    def __reduce__(self) -> tuple[Callable[[str], Latecomer], tuple[str]]:
        """What is done in each process to have it."""
        return _come, (self.folder,)

    def __call__(self) -> None:
        """Called in each process when it has started."""
        if not self.first:
            (Path(self.folder) / "started").touch()


def _come(folder: str) -> Latecomer:
    try:
        (Path(folder) / "first").mkdir()
    except FileExistsError:
        # It takes note of the signal, and goes on starting.
        told = threading.Event()

        def take_note(*_: object) -> None:
            told.set()

        signal.signal(signal.SIGTERM, take_note)
        (Path(folder) / "starting").touch()
        while not told.is_set():
            time.sleep(0.005)
        return Latecomer(folder)
    return Latecomer(folder, first=True)
