"""The memory and CPU time of all processes of a session."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from benchmarks import processes

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

MEGABYTES = 30
# The leader starts another and, once that has worked, says so.
TWO = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", '''
import sys, time
held = b"x" * {MEGABYTES * 1_000_000}
while time.process_time() < 0.3: pass
print(flush=True)
sys.stdin.read()
'''], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(flush=True)
sys.stdin.read()
"""


@asynccontextmanager
async def two() -> AsyncGenerator[asyncio.subprocess.Process]:
    """A session of two processes, the leader idle, the other having worked."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        TWO,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    try:
        yield process
    finally:
        for member in processes.members(process.pid):
            # The other ends by itself once the leader is gone.
            with suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        await process.wait()


async def test_all_of_a_session_counts() -> None:
    """Memory and CPU of processes that the leader started are counted as the others'."""
    async with two() as process:
        assert len(processes.members(process.pid)) == 2
        peak = processes.Peak()
        peak.look(process.pid)
        assert peak.total - peak.leader > MEGABYTES * 1_000_000
        assert 0 < peak.leader < MEGABYTES * 1_000_000
        seconds = processes.seconds(process.pid)
        assert seconds.others >= 0.29
        assert seconds.leader < seconds.others
    assert process.pid not in processes.members(process.pid)
    assert processes.pss(process.pid) == 0


async def test_a_peak_stays() -> None:
    """The peak stays although the process that held the memory has ended."""
    async with two() as process:
        async with processes.watched(process.pid, 0.01) as peak:
            pass
        before = peak.total
    peak.look(process.pid)
    assert peak.total == before > MEGABYTES * 1_000_000
