"""What the bot takes before its first note: the memory of all its processes, and the CPU until it is ready.

The real bot is started as a `Procfile` host does it, between the stand-ins, with its default settings. It is ready when it is
connected and has looked around; what is counted is the PSS of all its processes (what they share counts once) and the CPU that
they have used until then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import interrupting, processes
from benchmarks.load_scene import LoadScene
from sandbox.bot_process import BotProcess, EndedError

if TYPE_CHECKING:
    from collections.abc import Sequence

_GOAL_MB = 115
_GOAL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the run."""

    memory: dict[str, int]
    """Bytes of each process (PSS), by what it is."""
    ready_seconds: float
    """CPU of all processes until the bot was ready."""

    @property
    def total(self) -> int:
        """Bytes of all processes together."""
        return sum(self.memory.values())


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns 0, 1 if the bot was not ready, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="earshot-idle-"))
    try:
        figures = interrupting.run(measure(folder))
    except (EndedError, TimeoutError, processes.UntoldError) as error:
        sys.stderr.write(f"{error}\nLog: {folder}\n")
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        shutil.rmtree(folder)
        return 130
    shutil.rmtree(folder)
    sys.stdout.write(f"{json.dumps(_object(figures)) if options.json else _table(figures)}\n")
    return 0


async def measure(folder: Path) -> Figures:
    """Start the bot twice, the second time on the database of the first, and look at that one when it is ready.

    Raises:
        EndedError: the bot ended by itself.
        TimeoutError: it was not ready within a minute.
        UntoldError: this system does not tell what processes take.
    """
    database = f"sqlite:///{folder}/earshot.db"
    async with LoadScene(limited=True) as scene:
        environment = {**scene.environment, "DATABASE_URL": database, "TMPDIR": str(folder)}
        async with BotProcess(environment, folder) as bot:
            await bot.during(scene.connected())
    async with LoadScene(limited=True) as scene:
        environment = {**scene.environment, "DATABASE_URL": database, "TMPDIR": str(folder)}
        async with BotProcess(environment, folder) as bot:
            await bot.during(scene.ready())
            used = processes.seconds(bot.session)
            return Figures(processes.memory(bot.session), used.leader + used.others)


def _object(figures: Figures) -> dict[str, float]:
    return {"pss_mb": round(figures.total / 1e6, 1), "ready_cpu_s": round(figures.ready_seconds, 2)}


def _table(figures: Figures) -> str:
    """The figures, for people."""
    rows = [
        f"Python {sys.version.split()[0]}",
        f"memory of all processes   {figures.total / 1e6:7.1f} MB   (goal: at most {_GOAL_MB})",
        *(f"  {name:22}  {size / 1e6:7.1f} MB" for name, size in figures.memory.items()),
        f"CPU until it is ready     {figures.ready_seconds:7.2f} s    (goal: at most {_GOAL_SECONDS:.0f})",
    ]
    return "\n".join(rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks idle", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser
