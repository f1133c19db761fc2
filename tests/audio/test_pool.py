"""Processes that run functions: each call costs at most its own process."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import time_machine

from bot import errors
from bot.audio.pool import Pool
from tests.fixtures_decoding import begin, fail_to_begin, stay

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


ROOT = Path(__file__).parents[2]
CLOSED_WHILE_ONE_STARTS = """
import asyncio, sys, tempfile
from pathlib import Path
from bot.audio.pool import Pool
from tests.fixtures_decoding import Latecomer

async def main():
    folder = Path(tempfile.mkdtemp())
    latecomer = Latecomer(str(folder))
    pool = Pool(processes=1, seconds=30, preload=("tests.fixtures_decoding",), initializer=latecomer)
    for _ in range(50):
        await pool.call(abs, -1)
    # The process is replaced now.
    while not (folder / "starting").exists():
        await asyncio.sleep(0.005)
    await pool.close()
    if not (folder / "started").exists():
        sys.exit("it did not start while it was ended")

if __name__ == "__main__":
    asyncio.run(main())
"""


def new_pool(seconds: float = 30.0, *, processes: int = 1) -> Pool:
    """So many processes, at most."""
    return Pool(processes=processes, seconds=seconds, preload=("tests.fixtures_decoding",), initializer=begin)


@pytest.fixture
async def pool() -> AsyncGenerator[Pool]:
    """One process, ended afterwards."""
    pool = new_pool()
    yield pool
    await pool.close()


async def test_a_call_runs_elsewhere(pool: Pool) -> None:
    """In one process after the other, and what the function returns or raises comes back."""
    first, second = await pool.call(os.getpid), await pool.call(os.getpid)
    assert first == second != os.getpid()
    assert await pool.call(pow, 2, 3, mod=5) == 3
    with pytest.raises(ZeroDivisionError):
        await pool.call(divmod, 1, 0)


async def test_there_are_as_many_processes_as_there_were_calls_at_once() -> None:
    """And never more than there may be."""
    pool = new_pool(processes=2)
    try:
        one = await pool.call(os.getpid)
        assert await pool.call(os.getpid) == one
        together = set(await asyncio.gather(*(pool.call(os.getpid) for _ in range(5))))
        assert len(together) == 2
        assert one in together
    finally:
        await pool.close()


async def test_whoever_comes_after_one_that_was_cancelled_waits_for_no_new_process(tmp_path: Path) -> None:
    """Where there is another."""
    pool = new_pool(processes=2)
    try:
        before = await asyncio.gather(*(pool.call(os.getpid) for _ in range(2)))
        running = asyncio.create_task(pool.call(stay, tmp_path / "running"))
        while not (tmp_path / "running").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.005)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await pool.call(os.getpid) in before
    finally:
        await pool.close()


async def test_a_process_is_replaced_after_fifty_calls(pool: Pool) -> None:
    """So that what a library leaks never adds up."""
    processes = [await pool.call(os.getpid) for _ in range(101)]
    assert len(set(processes[:50])) == 1
    assert len(set(processes[50:100])) == 1
    assert len(set(processes)) == 3


async def test_a_call_beyond_its_time_fails(pool: Pool) -> None:
    """The process is replaced, and the next call is served."""
    hasty = new_pool(seconds=0.5)
    try:
        before = await hasty.call(os.getpid)
        with pytest.raises(errors.DecoderFailed):
            await hasty.call(time.sleep, 600)
        assert await hasty.call(os.getpid) != before
    finally:
        await hasty.close()


async def running(pool: Pool, folder: Path, seconds: float) -> asyncio.Task[None]:
    """A call that has begun, and takes so long."""
    call = asyncio.create_task(pool.call(stay, folder / "running", seconds))
    while not (folder / "running").exists():  # noqa: ASYNC110 - another process makes it
        await asyncio.sleep(0.005)
    return call


async def test_a_clock_that_is_set_forward_ends_no_call(pool: Pool, tmp_path: Path) -> None:
    """It has taken no longer."""
    call = await running(pool, tmp_path, 1)
    with time_machine.travel(time.time() + 3600, tick=True):
        await call


async def test_a_clock_that_is_set_back_gives_a_call_no_more_time(tmp_path: Path) -> None:
    """One that hangs would hang for as long."""
    hasty = new_pool(seconds=1)
    try:
        call = await running(hasty, tmp_path, 600)
        with (
            time_machine.travel(time.time() - 3600, tick=True),
            pytest.raises(errors.DecoderFailed, match="TimeoutError"),
        ):
            await asyncio.wait_for(call, 30)
    finally:
        await hasty.close()


async def test_processes_that_cannot_begin_are_told_of() -> None:
    """Each time: a pool that breaks before it has taken a call says nothing of it."""
    pools = [
        Pool(processes=1, seconds=30, preload=("tests.fixtures_decoding",), initializer=fail_to_begin)
        for _ in range(12)
    ]
    told = await asyncio.gather(*(pool.call(abs, -1) for pool in pools), return_exceptions=True)
    await asyncio.gather(*(pool.close() for pool in pools))
    assert [type(error) for error in told] == [errors.DecoderFailed] * 12


async def test_a_process_killed_while_idle_costs_no_call(pool: Pool) -> None:
    """As often as it happens."""
    for _ in range(3):
        process = await pool.call(os.getpid)
        os.kill(process, signal.SIGKILL)
        assert await pool.call(os.getpid) != process


@contextmanager
def files_left(count: int) -> Generator[None]:
    """So many more can be opened in this process, and no more."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    opened: list[int] = []
    # Room beyond all that other tests in this process have left open.
    resource.setrlimit(
        resource.RLIMIT_NOFILE,
        (max(int(file.name) for file in Path("/proc/self/fd").iterdir()) + 100, limits[1]),
    )
    try:
        with suppress(OSError):
            while True:
                opened.append(os.dup(0))
        for _ in range(count):
            os.close(opened.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        for each in opened:
            os.close(each)


@pytest.mark.parametrize("count", range(14))
async def test_too_many_open_files_are_no_files_fault(count: int) -> None:
    """However many are too many for another process to begin; it begins when there is room."""
    pool = new_pool()
    try:
        with files_left(count):
            try:
                await pool.call(begin)
            except (errors.DiskFailed, OSError):
                assert not pool.alive
            else:
                assert pool.alive
        async with asyncio.timeout(20):
            while True:
                # The server they are forked from may have to begin again, too.
                with suppress(errors.DiskFailed, OSError):
                    assert await pool.call(abs, -1) == 1
                    break
    finally:
        await pool.close()


async def test_a_process_that_dies_at_work_costs_its_call_alone(pool: Pool) -> None:
    """Whatever it died of."""
    with pytest.raises(errors.DecoderFailed):
        await pool.call(signal.raise_signal, signal.SIGKILL)
    assert await pool.call(abs, -1) == 1


async def test_a_closed_pool_begins_nothing() -> None:
    """Who waits for a call that still runs is told, and who comes later, too."""
    pool = new_pool()
    await pool.call(begin)
    running = asyncio.create_task(pool.call(time.sleep, 600))
    await asyncio.sleep(0)
    await pool.close()
    with pytest.raises((errors.DecoderFailed, asyncio.CancelledError)):
        await running
    with pytest.raises(errors.DecoderFailed):
        await pool.call(begin)


async def test_a_process_that_is_only_just_starting_ends_quietly(tmp_path: Path) -> None:
    """The locks it asks for by name are there until it is ended, too; a traceback of it would stand before everybody."""
    (tmp_path / "program.py").write_text(CLOSED_WHILE_ONE_STARTS)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        tmp_path / "program.py",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    assert (process.returncode, told.decode()) == (0, "")
