"""What a decoder process must survive or be ended for; apart, since those processes import it by name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def trip(job: Job) -> Fit | Unfit:
    """Fail in a way nobody has thought of."""
    raise LookupError(job.source)
