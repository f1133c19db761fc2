"""A few processes that run functions, each call under a limit of time."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from bot import errors, system
from bot.audio import fork_server

if TYPE_CHECKING or system.FORK_SERVER:
    from multiprocessing.context import ForkServerContext as _SystemsContext
else:
    from multiprocessing.context import SpawnContext as _SystemsContext
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.synchronize import RLock

P = ParamSpec("P")
T = TypeVar("T")

_CALLS_A_PROCESS = 50
"""Then a process is replaced, so that what FFmpeg leaks never adds up."""
_CLOSING_SECONDS = 4.0
_MOMENT = 0.1
"""Seconds, at most, until it is noticed that a call has begun, from when on its time is counted."""
_LOOK_SECONDS = 1.0
"""How often it is looked whether a call that takes long is still in hand."""
_DIED = (TimeoutError, ProcessExpired, BrokenProcessPool, MemoryError)


class _Context(_SystemsContext):
    """Keeps the locks it makes for as long as there is a pool that has it.

    A pool that ends drops its locks before it ends its processes. One that is only just starting would look for them by
    name, and complain with a traceback that they are gone.
    """

    def __init__(self) -> None:
        super().__init__()
        self._locks: list[RLock] = []

    def RLock(self) -> RLock:  # noqa: N802 - its name in multiprocessing
        """A lock that processes share."""
        lock = super().RLock()
        self._locks.append(lock)
        return lock


class Pool:
    """Processes forked from one server that has loaded what they need.

    The first is there from the beginning. Another is begun when a call comes and all before it are busy, and stays.

    Args:
        processes: how many calls run at once; others wait.
        seconds: time limit of a call. At its end, its process is killed and replaced.
        preload: modules the server loads. A new process is then a fork of some milliseconds.
        initializer: called in each process before its first call.
    """

    def __init__(
        self, *, processes: int, seconds: float, preload: Sequence[str], initializer: Callable[[], None]
    ) -> None:
        self._begin = functools.partial(
            _Process, seconds=seconds, preload=list(preload), initializer=initializer
        )
        self._turns = asyncio.Semaphore(processes)
        self._processes = [self._begin()]
        self._idle = [*self._processes]
        """Those without a call. The last is taken first."""
        self._closing = False

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns, or raises, in a process. Cancelling the call ends its process.

        Raises:
            DecoderFailed: the process died, met its time or memory limit, or the pool is closing.
            DiskFailed, OSError: no process can begin.
        """
        async with self._turns:
            process = self._taken()
            try:
                result = await process.call(function, *args, **kwargs)
            except BaseException:
                # It may be that it is being replaced: others are taken before it.
                self._idle.insert(0, process)
                raise
            self._idle.append(process)
            return result

    @property
    def alive(self) -> bool:
        """Whether calls are taken. A process that is found dead is begun anew by the next call."""
        return not self._closing and any(process.alive for process in self._processes)

    async def close(self) -> None:
        """End the processes. Calls that still run after four seconds fail."""
        self._closing = True
        await asyncio.gather(*(process.close() for process in self._processes))

    def _taken(self) -> _Process:
        if self._closing:
            raise errors.DecoderFailed("the decoder processes are ending")
        if not self._idle:
            self._idle.append(self._begin())
            self._processes.append(self._idle[-1])
        return self._idle.pop()


class _Process:
    """One process, replaced when it has ended: a pool of pebble's of that size, begun anew where it breaks."""

    def __init__(self, *, seconds: float, preload: list[str], initializer: Callable[[], None]) -> None:
        self._seconds = seconds
        self._preload = preload
        self._initializer = initializer
        self._waited_for: concurrent.futures.Future[Any] | None = None
        self._closing = False
        self._pool = self._new()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `Pool.call`, one at a time."""
        try:
            return await self._scheduled(function, *args, **kwargs)
        except BrokenProcessPool:
            # A process that is killed while it has nothing to do takes pebble's whole pool with it: no call's fault.
            await self._renew()
        except _DIED as error:
            raise _failed(error) from error
        try:
            return await self._scheduled(function, *args, **kwargs)
        except _DIED as error:
            raise _failed(error) from error

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        try:
            return bool(self._pool.active)
        except (OSError, BrokenProcessPool):
            # One that has not begun begins when it is asked, and that can fail.
            return False

    async def close(self) -> None:
        """End the process."""
        # In order first: a call that is under way may end.
        self._closing = True
        self._pool.close()
        try:
            await asyncio.to_thread(self._pool.join, _CLOSING_SECONDS)
        except TimeoutError:
            self._pool.stop()
            await asyncio.to_thread(self._pool.join)
        if self._waited_for is not None:
            # A pool that is stopped forgets, at times, to say so to who waits.
            with contextlib.suppress(concurrent.futures.InvalidStateError):
                self._waited_for.set_exception(ProcessExpired("stopped"))

    def _new(self) -> ProcessPool:
        context = _Context()
        if system.FORK_SERVER:
            context.set_forkserver_preload(self._preload)
            fork_server.start()
        return ProcessPool(
            max_workers=1,
            max_tasks=_CALLS_A_PROCESS,
            initializer=self._initializer,
            context=context,  # pyright: ignore[reportArgumentType] - pebble's Protocol is narrower than it needs
        )

    async def _scheduled(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            future = self._pool.schedule(function, args, kwargs)
        except RuntimeError as error:
            # It broke, or was closed, since it was last looked at.
            raise BrokenProcessPool from error
        self._waited_for = future
        result = asyncio.wrap_future(future)
        try:
            # pebble's own time limit goes by the time of day, and so by whoever sets the clock.
            async with asyncio.timeout(None) as limit:
                while not (await asyncio.wait([result], timeout=_look_after(limit)))[0]:
                    if not self.alive:
                        # It broke before it had taken the call, and forgets it.
                        raise BrokenProcessPool("the call was never taken")
                    if limit.when() is None and future.running():
                        limit.reschedule(asyncio.get_running_loop().time() + self._seconds)
            return result.result()
        finally:
            result.cancel()

    async def _renew(self) -> None:
        broken = self._pool
        if self._closing or self.alive:
            return
        self._pool = self._new()
        await asyncio.to_thread(broken.join)


def _look_after(limit: asyncio.Timeout) -> float:
    """In how many seconds to look at a call again, whose time is counted, or is not yet."""
    return _MOMENT if limit.when() is None else _LOOK_SECONDS


def _failed(error: BaseException) -> errors.EarshotError:
    cause = error if isinstance(error, BrokenProcessPool) else None
    while cause is not None:
        if isinstance(cause, OSError | EOFError):
            # Nor is it the file's fault that none can begin: too many files are open, or there is no room for another process.
            return errors.DiskFailed(
                f"no decoder process can begin: {getattr(cause, 'strerror', None) or type(cause).__name__}"
            )
        cause = cause.__cause__
    return errors.DecoderFailed(f"{type(error).__name__} in a decoder process")
