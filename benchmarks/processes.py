"""What the processes of a session use of the machine, as Linux tells it under /proc.

A session is a process that was started as its leader, and all that it started since.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat, counted from behind the name: that may hold spaces and brackets.
_SESSION, _USER, _SYSTEM, _USER_OF_THE_ENDED, _SYSTEM_OF_THE_ENDED = 3, 11, 12, 13, 14


class UntoldError(Exception):
    """This system does not tell how much memory a process shares with others."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """CPU a session has used since it began."""

    leader: float
    others: float
    """Those that have ended included."""


def members(session: int) -> list[int]:
    """The processes of a session that live."""
    return [
        int(entry.name)
        for entry in _PROC.iterdir()
        if entry.name.isdecimal() and (stat := _stat(int(entry.name))) and int(stat[_SESSION]) == session
    ]


def pss(process: int) -> int:
    """Bytes of memory it holds, its share of what it shares with others (PSS); 0 if it has ended.

    Raises:
        UntoldError: as its name says.
    """
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError) as error:
        if not (_PROC / "self" / "smaps_rollup").exists():
            raise UntoldError(
                "This benchmark reads /proc/PID/smaps_rollup, which Linux has from 4.14 on."
            ) from error
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def seconds(session: int) -> Seconds:
    """The CPU time of a session's leader, and of all the others."""
    leader = others = 0.0
    for process in members(session):
        stat = _stat(process)
        if stat is None:
            continue
        own = (int(stat[_USER]) + int(stat[_SYSTEM])) / _TICKS
        ended = (int(stat[_USER_OF_THE_ENDED]) + int(stat[_SYSTEM_OF_THE_ENDED])) / _TICKS
        if process == session:
            leader, others = own, others + ended
        else:
            others += own + ended
    return Seconds(leader, others)


@dataclass(slots=True)
class Peak:
    """The most memory a session held at any moment that was looked at, in bytes."""

    total: int = 0
    """All processes."""
    leader: int = 0
    """The leader alone, at that moment."""
    looks: int = field(default=0)

    def look(self, session: int) -> None:
        """Look now."""
        leader = others = 0
        for process in members(session):
            if process == session:
                leader = pss(process)
            else:
                others += pss(process)
        self.looks += 1
        if leader + others > self.total:
            self.total, self.leader = leader + others, leader


@asynccontextmanager
async def watched(session: int, every: float) -> AsyncGenerator[Peak]:
    """The session's peak, looked for every so many seconds while the context is open."""
    peak = Peak()
    peak.look(session)

    async def watch() -> None:
        while True:
            await asyncio.sleep(every)
            await asyncio.to_thread(peak.look, session)

    watching = asyncio.create_task(watch())
    try:
        yield peak
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
    peak.look(session)


def _stat(process: int) -> list[str] | None:
    try:
        text = (_PROC / str(process) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
