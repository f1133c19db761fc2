"""A few processes that run functions, each call under a limit of time: pebble's pool, begun anew where it breaks."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
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

    Args:
        processes: how many calls run at once; others wait.
        seconds: time limit of a call. At its end, its process is killed and replaced.
        preload: modules the server loads. A new process is then a fork of some milliseconds.
        initializer: called in each process before its first call.
    """

    def __init__(
        self, *, processes: int, seconds: float, preload: Sequence[str], initializer: Callable[[], None]
    ) -> None:
        self._processes = processes
        self._seconds = seconds
        self._preload = list(preload)
        self._initializer = initializer
        self._waited_for: set[concurrent.futures.Future[Any]] = set()
        self._closing = False
        self._pool = self._new()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What the function returns, or raises, in a process. Cancelling the call ends its process.

        Raises:
            DecoderFailed: the process died, met its time or memory limit, or the pool is closing.
        """
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
        """Whether calls are taken. One that is found broken is begun anew by the next call."""
        return bool(self._pool.active) and not self._closing

    async def close(self) -> None:
        """End the processes. Calls that still run after four seconds fail."""
        # In order first: calls that are under way may end.
        self._closing = True
        self._pool.close()
        try:
            await asyncio.to_thread(self._pool.join, _CLOSING_SECONDS)
        except TimeoutError:
            self._pool.stop()
            await asyncio.to_thread(self._pool.join)
        for future in list(self._waited_for):
            # A pool that is stopped forgets, at times, to say so to those who wait.
            with contextlib.suppress(concurrent.futures.InvalidStateError):
                future.set_exception(ProcessExpired("stopped"))

    def _new(self) -> ProcessPool:
        context = _Context()
        if system.FORK_SERVER:
            context.set_forkserver_preload(self._preload)
            fork_server.start()
        return ProcessPool(
            max_workers=self._processes,
            max_tasks=_CALLS_A_PROCESS,
            initializer=self._initializer,
            context=context,  # pyright: ignore[reportArgumentType] - pebble's Protocol is narrower than it needs
        )

    async def _scheduled(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            future = self._pool.schedule(function, args, kwargs, timeout=self._seconds)
        except RuntimeError as error:
            # It broke, or was closed, since it was last looked at.
            raise BrokenProcessPool from error
        self._waited_for.add(future)
        future.add_done_callback(self._waited_for.discard)
        return await asyncio.wrap_future(future)

    async def _renew(self) -> None:
        broken = self._pool
        if self._closing or broken.active:
            return
        self._pool = self._new()
        await asyncio.to_thread(broken.join)


def _failed(error: BaseException) -> errors.DecoderFailed:
    return errors.DecoderFailed(f"{type(error).__name__} in a decoder process")
