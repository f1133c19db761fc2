"""Decides who works on the notes of which message, and when: this process (`in_process`) or any worker (`fleet`).

In goes a job for each message that has unfinished notes in the ledger; a worker is then called with the message's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bot.storage import Fence


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


class Hold(Protocol):
    """That this process has a job, and nobody else: until it is taken for dead, and the job is given to others."""

    @property
    def fence(self) -> Fence | None:
        """What holds in the database for as long as the job is this process's; None where nobody else does jobs."""
        ...

    async def confirm(self) -> None:
        """See that the job still is this process's, and stays that for some seconds. While the queue is away, it is waited for.

        Raises:
            SupersededError: others have been given the job, or done it.
        """
        ...


class SoleHold:
    """The hold of a process that does all jobs itself."""

    fence = None

    async def confirm(self) -> None:
        """It is."""
