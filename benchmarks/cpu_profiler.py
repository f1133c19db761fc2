"""`python -m benchmarks.cpu_profiler FILE MODULE ...`: runs a module as `python -m` does, under a sampling profiler.

After every few milliseconds of CPU time a signal notes which module the main thread is in. The main thread's CPU time is
shared out among modules by these samples; that of every other thread is counted for the thread. Several times a second
the sums so far are appended to FILE as a JSON line: `{"at", "seconds": {module or thread: seconds}}`, where `at` is
`time.monotonic`. `load` runs the bot through this.
"""

from __future__ import annotations

import json
import re
import runpy
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_EVERY = 0.004
_WRITTEN_EVERY = 0.2
_OURS = ("bot", "cogs")
_MACHINERY = ("asyncio", "benchmarks", "__main__")


class Sampler:
    """Counts which modules and threads the CPU time of this process goes to, and appends the sums to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looks = Counter[str]()
        self._threads: dict[tuple[str, int | None], float] = {}

    def begin(self) -> None:
        """Begin to take samples, and to write the sums."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
        threading.Thread(target=self._write, name="sampling", daemon=True).start()

    def _look(self, _: int, frame: FrameType | None) -> None:
        # In `select` the main thread sleeps: the CPU time was another thread's.
        if frame is not None and frame.f_globals.get("__name__") != "selectors":
            self._looks[module_of(frame)] += 1

    def _write(self) -> None:
        while True:
            time.sleep(_WRITTEN_EVERY)
            line = json.dumps({"at": time.monotonic(), "seconds": self._seconds()})
            with self._path.open("a") as file:
                file.write(f"{line}\n")

    def _seconds(self) -> dict[str, float]:
        for thread in threading.enumerate():
            self._threads[_kind(thread), thread.native_id] = _cpu(thread.native_id)
        looks = self._looks.copy()
        main = self._threads[_kind(threading.main_thread()), threading.main_thread().native_id]
        seconds = defaultdict[str, float](
            float, {name: main * count / looks.total() for name, count in looks.items()}
        )
        for (kind, number), used in self._threads.items():
            if number != threading.main_thread().native_id:
                seconds[kind] += used
        return seconds


def module_of(frame: FrameType) -> str:
    """The module a sample counts for: the innermost of the bot's own, else the outermost library."""
    library = "asyncio"
    for name in _modules(frame):
        package = name.partition(".")[0]
        if package in _OURS:
            return name
        if package not in _MACHINERY and package not in sys.stdlib_module_names:
            library = package
    return library


def _modules(frame: FrameType | None) -> Iterator[str]:
    """The modules of the calls, from the innermost outwards."""
    while frame is not None:
        yield frame.f_globals.get("__name__", "?")
        frame = frame.f_back


def _kind(thread: threading.Thread) -> str:
    """A thread's name without its number, so that threads with the same task are counted together."""
    named = re.search(r"\((\w+)\)", thread.name)
    return f"thread {named[1] if named else thread.name.rstrip('-_0123456789')}"


def _cpu(thread: int | None) -> float:
    try:
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def main() -> None:
    """Start the profiler, then run the module named on the command line."""
    path, module, *rest = sys.argv[1:]
    Sampler(Path(path)).begin()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
