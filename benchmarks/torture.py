"""Kill the bot at random moments while requests fail: is all that is asked answered, and once?

Notes are posted in ten servers, buttons pressed under answers and questions asked about them, while requests to Discord fail now and then, gateway connections break, and the model is
slow. The seed decides which process is killed when and which requests fail, but not what the bot is doing at that moment,
so no two runs are the same.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import interrupting
from benchmarks.fleet import BrokenError
from benchmarks.postgres import PostgresError, PostgresServer
from benchmarks.torture_run import Outcome, Plan, TortureRun

if TYPE_CHECKING:
    from collections.abc import Sequence

POSTGRES = "postgres"

_LABELS = {
    "notes": "notes",
    "presses": "buttons pressed",
    "questions": "questions",
    "answers": "answers to all of them",
    "duplicates": "duplicates",
    "missing": "without an answer",
    "repaid": "model calls after a stored answer",
    "cut_off": "model calls repeated because cut off",
    "kills": "kills",
    "longest_takeover_s": "longest takeover (seconds)",
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark; returns 0 if no note was lost, answered twice or paid for twice, 1 if so, 2 if the bot broke."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="earshot-torture-"))
    try:
        with ExitStack() as stack:
            database = options.database or f"sqlite:///{folder}/earshot.db"
            if database == POSTGRES:
                database = stack.enter_context(PostgresServer()).database()
            plan = Plan(database, options.notes, options.kills, options.seed, options.patience)
            outcome = interrupting.run(TortureRun(plan, folder, _tell).run())
    except (BrokenError, PostgresError) as error:
        _tell(f"{error}\nLogs: {folder}")
        return 2
    except (KeyboardInterrupt, asyncio.CancelledError):
        _tell(f"Logs: {folder}")
        return 130
    for line in (*outcome.verdict.findings, *outcome.remarks):
        _tell(str(line))
    sys.stdout.write(f"{json.dumps(outcome.verdict.figures) if options.json else _table(plan, outcome)}\n")
    if outcome.verdict.findings or outcome.remarks:
        _tell(f"Logs: {folder}")
    else:
        shutil.rmtree(folder)
    return 0 if outcome.verdict.flawless else 1


def _table(plan: Plan, outcome: Outcome) -> str:
    """The figures, for people."""
    kind = "PostgreSQL, a gateway and three workers" if plan.distributed else "SQLite, one process"
    title = f"{kind} (seed {plan.seed}, {outcome.seconds:.0f} s)"
    widest = max(map(len, _LABELS.values()))
    return "\n".join(
        (
            title,
            *(f"{_LABELS[name]:{widest}}  {figure:>6}" for name, figure in outcome.verdict.figures.items()),
        )
    )


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks torture", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--database",
        type=_database,
        metavar="URL",
        help=f"sqlite:///PATH (one process) or postgresql://... (a fleet), to be empty; `{POSTGRES}` starts a server of"
        " its own (default: a new SQLite file)",
    )
    parser.add_argument(
        "--notes", type=int, default=200, metavar="N", help="how many are posted (default: 200)"
    )
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="how many processes (default: 20)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another one, another run (default: 1)"
    )
    parser.add_argument(
        "--patience",
        type=float,
        default=90.0,
        metavar="SECONDS",
        help="how long nothing may be finished before the rest is taken for lost (default: 90)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")
    return parser


def _database(text: str) -> str:
    if text != POSTGRES and not text.startswith(("sqlite:///", "postgresql://")):
        raise argparse.ArgumentTypeError(f"{text!r} is none of sqlite:///PATH, postgresql://..., {POSTGRES}")
    return text
