"""`python -m benchmarks NAME ...`: each benchmark is a module here that has a `main`."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

BENCHMARKS = {
    "torture": "kill the bot at random moments: is every note answered, and once?",
    "prepare": "from a file to the request, beside what others do: time, size, memory",
    "memory": "fifty notes at once, long ones among them: the memory of the whole bot",
    "idle": "before the first note: the memory of the whole bot, and the CPU until it is ready",
    "load": "notes a second, latency, Discord calls, and where the CPU goes",
    "long": "one long note: when its first words stand there, and when all of them do",
    "soak": "days of mixed use, with one fault after the other: is anything lost, told twice, or left over?",
    "fuzz": "mutated files of every format through the decoders: does each end well, and in time?",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark that the command line names, with the rest of the line; returns its exit status."""
    described = "\n".join(f"  {name:10} {about}" for name, about in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        epilog=f"benchmarks:\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=BENCHMARKS, metavar="NAME")
    parser.add_argument(
        "rest", nargs=argparse.REMAINDER, metavar="...", help="NAME --help tells what it takes"
    )
    options = parser.parse_args(arguments)
    return importlib.import_module(f"benchmarks.{options.name}").main(options.rest)


if __name__ == "__main__":
    sys.exit(main())
