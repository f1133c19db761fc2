"""A disk that can be full, and a clock that can be set."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from benchmarks.machine import Clock, DisklessError, SmallDisk

ROOT = Path(__file__).parents[2]
TELL = """
import datetime, sys, time
for _ in sys.stdin:
    print(time.time(), datetime.datetime.now(datetime.timezone.utc).timestamp(), time.monotonic(), flush=True)
"""
PATIENCE = 20.0


def test_a_disk_is_full_for_a_while(tmp_path: Path) -> None:
    """Nothing can be written then, and afterwards as before; in the end it is gone."""
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(SmallDisk(tmp_path / "disk", megabytes=3))
        except DisklessError as error:
            pytest.skip(f"nothing can be mounted here: {error}")
        note = disk.folder / "note"
        note.write_bytes(bytes(1_000_000))
        with disk.full(), pytest.raises(OSError, match="No space left"):
            (disk.folder / "another").write_bytes(bytes(1_000_000))
        (disk.folder / "another").write_bytes(bytes(1_000_000))
        assert note.read_bytes() == bytes(1_000_000)
    assert list((tmp_path / "disk").iterdir()) == []


def test_a_clock_is_set(tmp_path: Path) -> None:
    """By an hour, for a program that runs already, whichever way it asks; how long something takes stays true."""
    clock = Clock(tmp_path / "clock")
    (tmp_path / "teller.py").write_text(TELL)
    with subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "benchmarks.set_clock", str(clock.file), "teller"],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None

        def told() -> list[float]:
            assert program.stdin is not None
            assert program.stdout is not None
            program.stdin.write("?\n")
            program.stdin.flush()
            return [float(word) for word in program.stdout.readline().split()]

        began, patience = told(), time.monotonic() + PATIENCE
        assert began[:2] == pytest.approx([time.time()] * 2, abs=60)
        clock.set(-3600)
        while (now := told())[0] > began[0]:
            assert time.monotonic() < patience
        assert now[:2] == pytest.approx([time.time() - 3600] * 2, abs=60)
        assert now[2] >= began[2]
        program.stdin.close()
