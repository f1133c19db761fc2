"""Who works on which note, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The unfinished notes of one message.

    `waiting` is how many older notes of its server are unfinished: jobs with few come first, so that a server with
    many never starves the others.
    """

    message_id: int
    home_id: int
    waiting: int


class Dispatch(Protocol):
    """Has jobs done: by this process, or by any of a fleet."""

    async def submit(self, job: Job) -> None:
        """Have a job done. It is in the ledger already, so a repetition does no harm."""
        ...

    def stop(self, message_id: int) -> None:
        """End work on a message that was deleted, if it is done here."""
        ...

    async def close(self, seconds: float) -> None:
        """Begin nothing new, wait so long for what is in hand here, then cancel the rest."""
        ...
