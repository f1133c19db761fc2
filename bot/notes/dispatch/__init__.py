"""Decides who works on the notes of which message, and when: this process (`in_process`) or any worker (`fleet`).

In goes a job for each message that has unfinished notes in the ledger; a worker is then called with the message's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work on the unfinished notes of one message."""

    message_id: int
    home_id: int
    """The server, or the author of a direct message: only so many jobs of each are done at once."""
    waiting: int
    """How many older notes of the same home are unfinished. Jobs with few come first, so that a server with many notes
    never starves the others."""
    more: bool = False
    """Whether whoever works on the message already may not know of all that is asked about it."""


class Dispatch(Protocol):
    """Has jobs done, by this process or by one of a fleet."""

    async def submit(self, job: Job) -> None:
        """Have a job done. Submitting one twice does no harm."""
        ...

    def stop(self, message_id: int) -> None:
        """Cancel work on a message that was deleted, if this process is doing it."""
        ...

    async def close(self, seconds: float) -> None:
        """Begin nothing new, wait so long for what this process has begun, then cancel the rest."""
        ...
