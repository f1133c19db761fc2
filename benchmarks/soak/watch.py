"""What the bot's processes hold at a moment: memory, threads, tasks, open files and connections.

Linux's /proc tells of the processes; of the event loop's tasks, and of threads beside it, the bot's own figures do.
"""

from __future__ import annotations

import re
import statistics
import time
import urllib.request
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import processes
from benchmarks.processes import UntoldError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROC = Path("/proc")
_LEADER = "bot"
"""What the process is called that was started, among those that it has started."""
_FIGURES = rb"^earshot_(?:tasks|threads{of=\"others\"}) (\d+)"
"""The bot's own: tasks of its event loop, and threads that are not of the loop's pool."""
_LOOKS = 3
"""How often memory is looked at; the least counts, since a moment's work is no growth."""
_PAUSE = 1.0
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Bot:
    """A running bot: the session its processes are in, and the port where its figures are."""

    session: int
    port: int


@dataclass(frozen=True, slots=True)
class Held:
    """What one process holds, or several of one kind on average."""

    memory: float
    """Bytes that come from no file: those of files, such as libraries, are shared with whoever else runs Python."""
    tasks: float
    """Of the event loop, and threads beside those of its pool; of a process that tells no figures, all its threads."""
    connections: float
    """Sockets, and pipes between processes."""
    files: float
    """That are open."""
    processes: float = 1
    """How many there are of that kind."""


def held(bots: Mapping[str, Bot]) -> dict[str, Held]:
    """What some bots' processes hold, by the bot's name and what they are there. Takes some seconds.

    Processes of one kind, such as decoders, are one entry: each is replaced after a while. Raises `UntoldError`.
    """
    looks: list[dict[str, Held]] = []
    for _ in range(_LOOKS):
        looks.append(
            {f"{name}: {kind}": each for name, bot in bots.items() for kind, each in _of(bot).items()}
        )
        time.sleep(_PAUSE)
    names = set[str].intersection(*(set(look) for look in looks))
    if unseen := {f"{name}: {_LEADER}" for name in bots} - names:
        # What is not looked at has not grown either.
        raise UntoldError(f"Not seen each time: {', '.join(sorted(unseen))}")
    return {name: min((look[name] for look in looks), key=lambda each: each.memory) for name in sorted(names)}


def growth(before: Mapping[str, Held], after: Mapping[str, Held]) -> dict[str, float]:
    """By how many percent the memory of each kind of process has grown."""
    return {name: 100 * (after[name].memory / before[name].memory - 1) for name in before if name in after}


def more(before: Mapping[str, Held], after: Mapping[str, Held], what: str) -> int:
    """How many more `tasks`, `connections` or `files` the processes hold, those that hold fewer left aside.

    Of `processes`, how many more there are of those kinds.
    """
    gained = (getattr(after[name], what) - getattr(before[name], what) for name in before if name in after)
    return sum(max(0, round(each)) for each in gained)


def _of(bot: Bot) -> dict[str, Held]:
    by_kind: defaultdict[str, list[Held]] = defaultdict(list)
    told = _tasks_and_threads(bot)
    for process in processes.members(bot.session):
        with suppress(OSError):  # it has ended
            by_kind[_kind(process, bot.session)].append(
                _one(process, told if process == bot.session else None)
            )
    return {
        kind: Held(
            *(
                statistics.mean(values)
                for values in zip(
                    *((each.memory, each.tasks, each.connections, each.files) for each in several),
                    strict=True,
                )
            ),
            processes=len(several),
        )
        for kind, several in by_kind.items()
    }


def _tasks_and_threads(bot: Bot) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{bot.port}/metrics", timeout=_PATIENCE) as answer:
            told = re.findall(_FIGURES, answer.read(), re.MULTILINE)
    except OSError as error:
        raise UntoldError(f"A bot does not tell its figures: {error}") from error
    if len(told) != 2:  # noqa: PLR2004 - both
        raise UntoldError("A bot does not tell how many tasks and threads it has.")
    return sum(map(int, told))


def _one(process: int, tasks: int | None) -> Held:
    folder = _PROC / str(process)
    opened: list[str] = []
    for descriptor in (folder / "fd").iterdir():
        with suppress(OSError):
            opened.append(str(descriptor.readlink()))
    files = sum(target.startswith("/") for target in opened)
    if tasks is None:
        tasks = sum(1 for _ in (folder / "task").iterdir())
    return Held(processes.anonymous(process), tasks, len(opened) - files, files)


def _kind(process: int, session: int) -> str:
    if process == session:
        return _LEADER
    parent = processes.parent(process)
    command = (_PROC / str(process) / "cmdline").read_bytes()
    if parent == session:
        return "fork server" if b"forkserver" in command else "resource tracker"
    return "decoder"
