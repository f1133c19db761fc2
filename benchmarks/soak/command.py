"""Days of mixed use in fast motion, with one fault after the other: is anything lost, told twice, or left over?

People post notes, press buttons, ask questions, delete notes and change settings, while gateway sessions are lost, the model
and the database go away, networks are cut, the disk is full and the clock is set. No process of the bot is ended: what they
hold at the end is compared with what they held after the first thousand notes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import interrupting
from benchmarks.fleet import BrokenError
from benchmarks.postgres import PostgresError, PostgresServer
from benchmarks.processes import UntoldError
from benchmarks.soak.run import FEWEST, MOST_GROWTH, Plan, SoakRun
from benchmarks.soak.watch import growth, more
from benchmarks.spoken_numbers import LARGEST
from benchmarks.torture_verdict import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.soak.run import Outcome

_SHOWN = 30
"""How many findings are told."""


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns 0 if nothing is wrong, 1 if something is, 2 if the bot broke, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    # The stand-ins need not complain of clients whose connections this very program has cut.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="earshot-soak-"))
    try:
        with ExitStack() as stack:
            server = stack.enter_context(PostgresServer()) if options.database == "postgres" else None
            plan = Plan(options.notes, options.seed, server, options.hurry)
            outcome = interrupting.run(SoakRun(plan, folder, _tell).run())
    except (BrokenError, PostgresError, TimeoutError, UntoldError) as error:
        _tell(f"{error}\nLogs: {folder}")
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        shutil.rmtree(folder)
        return 130
    for line in (*outcome.findings[:_SHOWN], *outcome.remarks):
        _tell(str(line))
    sys.stdout.write(f"{json.dumps(_object(outcome)) if options.json else _table(outcome)}\n")
    if outcome.flawless:
        shutil.rmtree(folder)
        return 0
    _tell(f"Logs: {folder}")
    return 1


def _object(outcome: Outcome) -> dict[str, Any]:
    kinds = {kind: {finding.note for finding in outcome.findings if finding.kind is kind} for kind in Kind}
    return {
        "notes": outcome.notes,
        **{name: outcome.did.get(name, 0) for name in ("presses", "questions", "deletions", "settings")},
        "lost": len(kinds[Kind.MISSING]),
        "duplicates": len(kinds[Kind.DUPLICATE]),
        "repaid": len(kinds[Kind.REPAID]),
        "kept": len(kinds[Kind.KEPT]),
        "cut_off": outcome.cut_off,
        "memory_growth_percent": round(outcome.grown, 1),
        "left_files": len(outcome.left_files) + more(outcome.before, outcome.after, "files"),
        "left_connections": more(outcome.before, outcome.after, "connections"),
        "left_tasks": more(outcome.before, outcome.after, "tasks"),
        "left_processes": more(outcome.before, outcome.after, "processes"),
        "faults": dict(outcome.faults),
    }


def _table(outcome: Outcome) -> str:
    """The figures, for people."""
    figures = _object(outcome)
    faults = figures.pop("faults")
    percent = growth(outcome.before, outcome.after)
    widest = max(map(len, (*figures, *percent, *faults)))
    return "\n".join(
        (
            f"{outcome.seconds / 60:.0f} minutes",
            *(f"{name.replace('_', ' '):{widest}}  {figure:>8}" for name, figure in figures.items()),
            "",
            "faults",
            *(f"{name.replace('_', ' '):{widest}}  {times:>8}" for name, times in faults.items()),
            "",
            f"memory, and by how much it has grown (goal: at most {MOST_GROWTH:.0f} %)",
            *(
                f"{name:{widest}}  {outcome.after[name].memory / 1e6:>5.1f} MB  {by:+5.1f} %"
                for name, by in percent.items()
            ),
        )
    )


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks soak", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--notes", type=_several, default=20_000, metavar="N", help="how many are posted (default: 20000)"
    )
    parser.add_argument(
        "--database",
        choices=("sqlite", "postgres"),
        default="sqlite",
        help="one process with an SQLite file, or a gateway and two workers with a server that is started for them"
        " (default: sqlite)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another one, another run (default: 1)"
    )
    parser.add_argument(
        "--hurry",
        type=float,
        default=1.0,
        metavar="SHARE",
        help="how long faults last and quiet is waited for, as a share of what is usual (default: 1)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _several(text: str) -> int:
    if not text.isdecimal() or not 2 * FEWEST <= int(text) <= LARGEST - 2:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from {2 * FEWEST} to {LARGEST - 2}")
    return int(text)
