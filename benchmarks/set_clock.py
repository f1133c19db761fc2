"""Runs a module with a clock that can be set: `python -m benchmarks.set_clock FILE MODULE ARGUMENTS...`.

The file says by how many seconds that clock is ahead of the true one (below 0: behind). time-machine sets it, for Python
and for modules written in C alike; the monotonic clock goes on, as when a machine's clock is set.
"""

from __future__ import annotations

import runpy
import sys
import threading
import time
from pathlib import Path

# It would load pytest, too, which the bot's memory is not to count.
sys.modules.setdefault("pytest", None)  # pyright: ignore[reportArgumentType]
import time_machine  # noqa: E402

_LOOKED_AT_EVERY = 0.2


def _keep(file: Path, traveller: time_machine.Traveller) -> None:
    """Set the clock as the file says, whenever it says something else."""
    ahead = 0
    while True:
        wanted = int(file.read_text())
        if wanted != ahead:
            traveller.shift(wanted - ahead)
            ahead = wanted
        time.sleep(_LOOKED_AT_EVERY)


def main() -> None:
    """Set the clock as the file says, then run the module named on the command line."""
    file, module, *rest = sys.argv[1:]
    traveller = time_machine.travel(time.time(), tick=True).start()
    threading.Thread(target=_keep, args=(Path(file), traveller), daemon=True).start()
    sys.argv = [module, *rest]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
