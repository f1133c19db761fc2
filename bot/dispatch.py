"""Who works on which note, and when: here, so many at once, in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Dispatch:
    """Runs work in the background, at most `at_once` pieces of it at the same time."""

    def __init__(self, *, at_once: int) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def submit(self, work: Callable[[], Awaitable[None]]) -> None:
        """Have `work` done as soon as there is a place; when closing, not at all."""
        task = asyncio.create_task(self._in_a_place(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, seconds: float) -> None:
        """Begin nothing new, wait so long for what is in hand, then cancel the rest."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in (late := set(self._tasks)):
            task.cancel()
        if late:
            await asyncio.wait(late)

    async def _in_a_place(self, work: Callable[[], Awaitable[None]]) -> None:
        async with self._places:
            if not self._closing:
                await work()
