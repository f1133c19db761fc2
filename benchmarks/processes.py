"""Measures the memory and CPU time of a session's processes, from Linux's /proc.

A session is a process that was started as its leader, with all the processes it has started.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/stat, counted from behind the name: that may hold spaces and brackets.
_STATE, _PARENT, _SESSION, _USER, _SYSTEM, _USER_OF_THE_ENDED, _SYSTEM_OF_THE_ENDED = 0, 1, 3, 11, 12, 13, 14
_ENDED = ("Z", "X")


class UntoldError(Exception):
    """This system has no /proc as Linux has it, so memory and CPU of processes can't be measured."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """Seconds of CPU that a session has used since it began."""

    leader: float
    others: float
    """All other processes of the session, those that have ended included."""


def members(session: int) -> list[int]:
    """The ids of a session's running processes. Raises `UntoldError`."""
    if not (_PROC / "self" / "smaps_rollup").exists():
        raise UntoldError(
            "There is no /proc/self/smaps_rollup here: this benchmark needs Linux, 4.14 or newer."
        )
    found: list[int] = []
    for entry in _PROC.iterdir():
        stat = _stat(int(entry.name)) if entry.name.isdecimal() else None
        if stat is not None and int(stat[_SESSION]) == session and stat[_STATE] not in _ENDED:
            found.append(int(entry.name))
    return found


def parent(process: int) -> int | None:
    """The id of the process that started one; None if it has ended."""
    stat = _stat(process)
    return int(stat[_PARENT]) if stat is not None else None


def pss(process: int) -> int:
    """Bytes of memory a process holds, counting its share of memory shared with others (PSS); 0 if it has ended."""
    return _of_rollup(process, "Pss:")


def anonymous(process: int) -> int:
    """Bytes of memory a process holds that come from no file; 0 if it has ended.

    How much of that others share with it changes nothing, nor does it matter what else runs on the machine.
    """
    return _of_rollup(process, "Anonymous:")


def memory(session: int) -> dict[str, int]:
    """The memory of each of a session's processes, as `pss` counts it: the leader first, then the others by their ids."""
    others = sorted(set(members(session)) - {session})
    names = {session: "the bot", **{process: f"process {number}" for number, process in enumerate(others, 1)}}
    return {name: pss(process) for process, name in names.items()}


def seconds(session: int) -> Seconds:
    """The CPU time of a session's leader and of all its other processes. Raises `UntoldError`."""
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
    """The most memory a session held whenever `look` was called, in bytes (PSS)."""

    total: int = 0
    """All processes."""
    leader: int = 0
    """The leader alone, at the moment of the most."""
    looks: int = 0

    def look(self, session: int) -> None:
        """Measure now. Raises `UntoldError`."""
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
    """Measure the session's memory every so many seconds while the context is open; gives the peak."""
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


def _of_rollup(process: int, field: str) -> int:
    try:
        lines = (_PROC / str(process) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), 0)
