"""Sends mutated files of every format through the bot's own decoder processes: does each end well, and in time?

`python -m benchmarks fuzz [--files 10000] [--seed N] [--json] [--keep FOLDER]`. The bot's part runs in a process of its
own, so that its death would be seen. Exit status 1 if it died, or if a file ended in neither audio nor a refusal.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import handmade
from benchmarks.recordings import RECIPES, Sample
from bot import errors
from bot.audio import Decoders

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

SECONDS = 20.0
"""Time limit for one file in seconds; a file takes milliseconds if nothing is wrong."""
_PROCESSES = 2
_AT_ONCE = 2 * _PROCESSES
_MOST_SEED_BYTES = 60_000
_SAY_AFTER = 250
_REPLACED = ("ProcessExpired", "TimeoutError", "BrokenProcessPool")

# Numbers at which code that reads lengths and counts tends to fail.
_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)


def seeds() -> dict[str, bytes]:
    """A small file of each format, to be mutated, by the name of its recipe."""
    made: dict[str, bytes] = {}
    for recipe in RECIPES:
        content = recipe.make() if isinstance(recipe, Sample) else recipe.make(0.3)
        if len(content) <= _MOST_SEED_BYTES:
            made[recipe.name] = content
    return made | handmade.odd()


def mutated(number: int, seed: int, originals: dict[str, bytes]) -> tuple[str, bytes]:
    """Make the file of that number, the same for the same seed. Returns the original's name and the bytes."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 - no secret
    name = chance.choice(sorted(originals))
    content = bytearray(originals[name])
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        mutate = chance.choice(_MUTATIONS)
        mutate(content, chance)
        if chance.random() < 0.1:  # noqa: PLR2004
            _splice(content, originals[chance.choice(sorted(originals))], chance)
    return name, bytes(content)


def _flip(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 4, 32))):
        if content:
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def _truncate(content: bytearray, chance: random.Random) -> None:
    del content[chance.randrange(len(content) + 1) :]


def _edit_header(content: bytearray, chance: random.Random) -> None:
    """Replace a number among the first bytes by one of `_EDGES`."""
    at = chance.randrange(max(1, min(len(content), chance.choice((64, 256, 1_024)))))
    form = chance.choice((">H", "<H", ">I", "<I", ">Q", "<Q"))
    value = chance.choice(_EDGES) & (1 << 8 * struct.calcsize(form)) - 1
    content[at : at + struct.calcsize(form)] = struct.pack(form, value)


def _edit_anywhere(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) + 1)
    content[at : at + 4] = struct.pack(chance.choice((">I", "<I")), chance.choice(_EDGES))


def _cut_out(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) + 1)
    del content[at : at + chance.choice((1, 4, 100, 2_000))]


def _repeat(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) + 1)
    content[at:at] = content[at : at + chance.choice((4, 64, 1_000))] * chance.choice((1, 2, 50))


def _noise(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content) + 1)
    size = chance.choice((4, 64, 1_000))
    content[at : at + size] = chance.randbytes(size)


def _splice(content: bytearray, other: bytes, chance: random.Random) -> None:
    """Put the end of another file behind the beginning of this one."""
    content[chance.randrange(len(content) + 1) :] = other[chance.randrange(len(other)) :]


_MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _truncate,
    _edit_header,
    _edit_header,
    _edit_anywhere,
    _cut_out,
    _repeat,
    _noise,
)


class _Run:
    """Sends the files through the bot's decoders and counts the outcomes; runs in the process that is watched."""

    def __init__(self, seed: int, keep: Path | None) -> None:
        self._seed = seed
        self._keep = keep
        self._originals = seeds()
        self.counts = Counter[str]()
        self.outcomes = Counter[str]()

    async def files(self, count: int) -> None:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            async with Decoders(
                formats=("wav", "mp3", "ogg", "m4a", "flac", "aac", "aiff"),
                max_request_bytes=18_000_000,
                max_seconds=600.0,
                processes=_PROCESSES,
                seconds=SECONDS,
                memory_mb=384,
            ) as decoders:
                numbers = iter(range(count))
                async with asyncio.TaskGroup() as group:
                    for number in range(_AT_ONCE):
                        group.create_task(self._some(decoders, numbers, Path(folder) / str(number)))

    async def _some(self, decoders: Decoders, numbers: Iterator[int], folder: Path) -> None:
        for number in numbers:
            name, content = mutated(number, self._seed, self._originals)
            with _emptied(folder, content) as source:
                outcome = await self._outcome(decoders, source, folder)
            self.counts["files"] += 1
            self.outcomes[outcome] += 1
            if self._keep is not None and outcome not in {"audio", *_CLEAR}:
                (self._keep / f"{number}-{name}").write_bytes(content)
            if not self.counts["files"] % _SAY_AFTER:
                self.say()

    async def _outcome(self, decoders: Decoders, source: Path, folder: Path) -> str:
        try:
            # The decoders have a time limit of their own; this one finds out if it fails.
            await asyncio.wait_for(decoders.prepare(source, folder), _AT_ONCE * SECONDS)
        except errors.Refused as error:
            self.counts["refused"] += 1
            return error.kind
        except errors.DecoderFailed as error:
            kind = error.detail.partition(" ")[0]
            self.counts["decoders_replaced"] += kind in _REPLACED
            self.counts["hung" if kind == "TimeoutError" else "refused"] += 1
            return kind
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody expected it
            self.counts["hung"] += 1
            return f"accident: {type(error).__name__}: {error}"[:200]
        self.counts["audio"] += 1
        return "audio"

    def say(self) -> None:
        """Write the counts so far as a JSON line, for the process that watches."""
        sys.stdout.write(json.dumps([self.counts, self.outcomes]) + "\n")
        sys.stdout.flush()


@contextlib.contextmanager
def _emptied(folder: Path, content: bytes) -> Generator[Path]:
    """Make a folder with a file of that content; both are removed afterwards."""
    folder.mkdir()
    source = folder / "source"
    source.write_bytes(content)
    yield source
    shutil.rmtree(folder)


_CLEAR = {
    "not_audio", "format_not_read", "encrypted", "empty_file", "no_sound", "no_speech", "damaged", "too_long",
    "too_many_channels", "rate_too_high",
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; returns 1 if a file did not end well or the process died, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz")
    parser.add_argument("--files", type=int, default=10_000, help="how many files")
    parser.add_argument("--seed", type=int, default=None, help="repeats a run; chosen if not given")
    parser.add_argument("--json", action="store_true", help="print one object and nothing else")
    parser.add_argument(
        "--keep", type=Path, help="folder for the files that ended otherwise than they should"
    )
    options = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    told, died = _watched(options.files, seed, options.keep, quiet=options.json)
    counts, outcomes = told
    result = {
        name: counts.get(name, 0) for name in ("files", "audio", "refused", "hung", "decoders_replaced")
    } | {"bot_died": int(died)}
    if options.json:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        lines = [f"{count:7}  {outcome}" for outcome, count in Counter(outcomes).most_common()]
        totals = "  ".join(f"{name} {count}" for name, count in result.items())
        sys.stdout.write("\n".join([*lines, totals, f"seed {seed}, {time.monotonic() - began:.0f} s"]) + "\n")
    return int(bool(result["hung"] or result["bot_died"]))


def _watched(
    files: int, seed: int, keep: Path | None, *, quiet: bool
) -> tuple[tuple[dict[str, int], dict[str, int]], bool]:
    """Run the files in a process of their own. Returns its last counts and outcomes, and whether it died on the way."""
    command = [sys.executable, "-m", "benchmarks.fuzz", str(files), str(seed), *([str(keep)] if keep else [])]
    last: tuple[dict[str, int], dict[str, int]] = ({}, {})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None  # noqa: S101
        for line in process.stdout:
            last = json.loads(line)
            if not quiet:
                sys.stderr.write(f"\r{last[0]['files']} of {files} ")
    if not quiet:
        sys.stderr.write("\r")
    return last, process.returncode != 0 or last[0].get("files", 0) != files


def _run(files: str, seed: str, keep: str | None = None) -> None:
    run = _Run(int(seed), Path(keep) if keep else None)
    asyncio.run(run.files(int(files)))
    run.say()


if __name__ == "__main__":
    _run(*sys.argv[1:])
