"""`python -m benchmarks.cpu_profiler FILE MODULE ...`: runs a module as `python -m` does, and finds where its CPU goes.

After every few milliseconds of CPU, the main thread is looked at: which module is it in? Its CPU time is divided by these
looks; that of each other thread counts as a whole. Several times a second the sums so far are appended to FILE, a JSON
line: `{"at", "seconds": {module or thread: seconds}}`, `at` as time.monotonic has it.
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
    """Puts the CPU time of this process down to modules and threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looks = Counter[str]()
        self._threads: dict[tuple[str, int | None], float] = {}

    def begin(self) -> None:
        """Begin to look, and to write what was seen."""
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
        threading.Thread(target=self._write, name="sampling", daemon=True).start()

    def _look(self, _: int, frame: FrameType | None) -> None:
        # In `select` the main thread sleeps: it was another one that ran.
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
    """The bot's own module nearest to what runs; where there is none, the library whose call it is."""
    library = "asyncio"
    for name in _modules(frame):
        package = name.partition(".")[0]
        if package in _OURS:
            return name
        if package not in _MACHINERY and package not in sys.stdlib_module_names:
            library = package
    return library


def _modules(frame: FrameType | None) -> Iterator[str]:
    """From the innermost call outwards."""
    while frame is not None:
        yield frame.f_globals.get("__name__", "?")
        frame = frame.f_back


def _kind(thread: threading.Thread) -> str:
    """A thread's name, without what tells it from others that do the same."""
    named = re.search(r"\((\w+)\)", thread.name)
    return f"thread {named[1] if named else thread.name.rstrip('-_0123456789')}"


def _cpu(thread: int | None) -> float:
    try:
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def main() -> None:
    """Begin sampling, and become the module."""
    path, module, *rest = sys.argv[1:]
    Sampler(Path(path)).begin()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
