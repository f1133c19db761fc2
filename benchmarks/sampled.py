"""`python -m benchmarks.sampled FILE MODULE ...`: runs a module as `python -m` does, and finds where its CPU goes.

Every few milliseconds each thread's CPU time since the last look is put down to the module it is in; several times a second
the sums so far are appended to FILE, a JSON line: `{"at", "seconds": {module: seconds}}`, `at` as time.monotonic has it.
"""

from __future__ import annotations

import json
import runpy
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_EVERY = 0.004
_SWITCHING = 0.0005
"""Seconds after which whoever holds the interpreter lets us look."""
_WRITTEN_EVERY = 0.2
_OURS = ("bot", "cogs")
_MACHINERY = ("asyncio", "benchmarks", "concurrent", "runpy", "selectors", "threading")


class Sampler:
    """Puts CPU time down to modules."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seconds = defaultdict[str, float](float)
        self._used: dict[int, float] = {}

    def run(self) -> None:
        """Sample for as long as the process lives."""
        written = time.monotonic()
        while True:
            time.sleep(_EVERY)
            self._sample()
            if time.monotonic() - written >= _WRITTEN_EVERY:
                written = time.monotonic()
                self._write()

    def _sample(self) -> None:
        frames = sys._current_frames()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - there is no other way
        for thread in threading.enumerate():
            used = _cpu(thread.native_id)
            spent = used - self._used.get(thread.native_id or 0, 0.0)
            self._used[thread.native_id or 0] = used
            if spent > 0 and thread.ident in frames:
                ours = thread is threading.current_thread()
                self._seconds["(this sampling)" if ours else place(frames[thread.ident])] += spent

    def _write(self) -> None:
        line = json.dumps({"at": time.monotonic(), "seconds": self._seconds})
        with self._path.open("a") as file:
            file.write(f"{line}\n")


def place(frame: FrameType) -> str:
    """The bot's own module nearest to what runs; where there is none, the library whose call it is."""
    library = "asyncio"
    for name in _modules(frame):
        package = name.partition(".")[0]
        if package in _OURS:
            return name
        if package not in _MACHINERY and package not in sys.stdlib_module_names and package != "__main__":
            library = package
    return library


def _modules(frame: FrameType | None) -> Iterator[str]:
    """From the innermost call outwards."""
    while frame is not None:
        yield frame.f_globals.get("__name__", "?")
        frame = frame.f_back


def _cpu(thread: int | None) -> float:
    try:
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        return 0.0


def main() -> None:
    """Begin sampling, and become the module."""
    path, module, *rest = sys.argv[1:]
    sys.setswitchinterval(_SWITCHING)
    threading.Thread(target=Sampler(Path(path)).run, name="sampler", daemon=True).start()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
