"""What the bot's processes hold at a moment: memory, threads, open files and connections. From Linux's /proc."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import processes

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROC = Path("/proc")
_SOCKET = "socket:"
_LOOKS = 3
"""How often memory is looked at; the least counts, since a moment's work is no growth."""
_PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Held:
    """What one process holds, or several of one kind on average."""

    memory: float
    """Bytes (PSS)."""
    threads: float
    connections: float
    files: float
    """What is open and is no connection."""


def held(sessions: Mapping[str, int]) -> dict[str, Held]:
    """What the processes of some sessions hold, by the session's name and what they are there. Takes some seconds.

    Processes of one kind, such as decoders, are one entry: each is replaced after a while. Raises `UntoldError`.
    """
    looks: list[dict[str, Held]] = []
    for _ in range(_LOOKS):
        looks.append(
            {
                f"{name}: {kind}": each
                for name, session in sessions.items()
                for kind, each in _of(session).items()
            }
        )
        time.sleep(_PAUSE)
    names = set[str].intersection(*(set(look) for look in looks))
    return {name: min((look[name] for look in looks), key=lambda each: each.memory) for name in sorted(names)}


def growth(before: Mapping[str, Held], after: Mapping[str, Held]) -> dict[str, float]:
    """By how many percent the memory of each kind of process has grown."""
    return {name: 100 * (after[name].memory / before[name].memory - 1) for name in before if name in after}


def more(before: Mapping[str, Held], after: Mapping[str, Held], what: str) -> int:
    """How many more `threads`, `connections` or `files` the processes hold, those that hold fewer left aside."""
    gained = (getattr(after[name], what) - getattr(before[name], what) for name in before if name in after)
    return sum(max(0, round(each)) for each in gained)


def _of(session: int) -> dict[str, Held]:
    by_kind: defaultdict[str, list[Held]] = defaultdict(list)
    for process in processes.members(session):
        with suppress(OSError):  # it has ended
            by_kind[_kind(process, session)].append(_one(process))
    return {
        kind: Held(
            *(
                statistics.mean(values)
                for values in zip(
                    *((each.memory, each.threads, each.connections, each.files) for each in several),
                    strict=True,
                )
            )
        )
        for kind, several in by_kind.items()
    }


def _one(process: int) -> Held:
    folder = _PROC / str(process)
    opened: list[str] = []
    for descriptor in (folder / "fd").iterdir():
        with suppress(OSError):
            opened.append(str(descriptor.readlink()))
    connections = sum(target.startswith(_SOCKET) for target in opened)
    threads = sum(1 for _ in (folder / "task").iterdir())
    return Held(processes.pss(process), threads, connections, len(opened) - connections)


def _kind(process: int, session: int) -> str:
    if process == session:
        return "bot"
    parent = processes.parent(process)
    command = (_PROC / str(process) / "cmdline").read_bytes()
    if parent == session:
        return "fork server" if b"forkserver" in command else "resource tracker"
    return "decoder"
