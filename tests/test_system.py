"""What is asked of the operating system. What holds where it lacks something is tried with whole bots, in the journeys."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

_HEAPS = """\
import ctypes, os, threading
from bot import system
if {asked}:
    system.have_one_heap()
libc, together = ctypes.CDLL(None), threading.Barrier(4)
def allocate():
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc(10_000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info(0, ctypes.c_void_p(libc.fdopen(1, b"w")))
libc.fflush(None)
"""
"""Four threads allocate at the same time; glibc then tells of its heaps."""
_FREED = """\
import asyncio, pathlib, re
from bot import housekeeping
def held():
    return int(re.search(r"Anonymous: +([0-9]+)", pathlib.Path("/proc/self/smaps_rollup").read_text())[1])
async def cleaned():
    work = asyncio.create_task(housekeeping.memory_given_back())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    work.cancel()
pieces = [bytes(4_000) for _ in range(10_000)]
full = held()
del pieces[:-1]
freed = held()
asyncio.run(cleaned())
print(full, freed, held())
"""
"""Forty megabytes are freed, but for the last of them; in kilobytes, what is held then, before, and after it was given back."""
_STARTED = """\
import gc
from bot.__main__ import main
print(main(["run"]), gc.get_freeze_count())
"""


def run(code: str, **environment: str) -> str:
    """What Python prints that runs the code in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode()


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc gives each thread a heap of its own"
)
@pytest.mark.parametrize("asked", [True, False])
def test_threads_have_one_heap(asked: bool) -> None:  # noqa: FBT001
    """By itself each has its own, where what one has freed lies idle while another asks for more."""
    heaps = run(_HEAPS.format(asked=asked)).count("<heap nr=")
    assert (heaps == 1) is asked


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others give it back by themselves")
def test_what_is_freed_is_given_back() -> None:
    """Though something behind it is still there."""
    full, freed, left = map(int, run(_FREED).splitlines()[-1].split())
    assert freed > full - 5_000
    assert left < full - 30_000


def test_garbage_is_not_looked_for_in_what_is_loaded() -> None:
    """It would gather until there is a quarter as much of it: that was a growth of more than a tenth in days."""
    status, frozen = run(
        _STARTED,
        DISCORD_TOKEN="token",
        OPENROUTE_API_KEY="key",
        DATABASE_URL=f"sqlite:///{os.devnull}/earshot.db",
    ).split()
    assert status == "2"  # there can be no database, so it ends where it would have begun
    assert int(frozen) > 50_000
