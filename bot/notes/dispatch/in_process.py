"""Dispatch within this process: so many messages at once, so many of them of one server."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import Counter
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.notes.dispatch import Job

log = structlog.get_logger("earshot.dispatch")

_ENDING_SECONDS = 1.0


class InProcessDispatch:
    """Does jobs in the background of this process.

    Args:
        work: called with a message's id: finishes its notes or postpones them.
        at_once: how many messages are worked on at the same time.
        at_once_for_one: how many of them may be of one server.
    """

    def __init__(self, work: Callable[[int], Awaitable[None]], *, at_once: int, at_once_for_one: int) -> None:
        self._work = work
        self._at_once = at_once
        self._at_once_for_one = at_once_for_one
        self._waiting: list[tuple[int, int, Job]] = []
        self._arrivals = itertools.count()
        self._known: set[int] = set()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: dict[int, Job] = {}
        """Jobs that came in while their message was being worked on: more may have been asked about it."""
        self._busy: Counter[int] = Counter()
        self._closing = False

    async def submit(self, job: Job) -> None:
        """Queue a job, unless its message is queued or being worked on already; one for `more` comes after that."""
        if job.more and job.message_id in self._tasks:
            self._again[job.message_id] = job
            return
        if job.message_id in self._known:
            return
        self._put(job)
        self._fill()

    def stop(self, message_id: int) -> None:
        """Cancel work on a message that was deleted."""
        if task := self._tasks.get(message_id):
            task.cancel()

    async def close(self, seconds: float) -> None:
        """Begin nothing new, wait so long for what has begun, then cancel the rest."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=seconds)
        for task in (late := set(self._tasks.values())):
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=_ENDING_SECONDS)

    def _put(self, job: Job) -> None:
        self._known.add(job.message_id)
        heapq.heappush(self._waiting, (job.waiting, next(self._arrivals), job))

    def _fill(self) -> None:
        """Begin as many jobs as may run now, those with fewest waiting first, passing over servers that have their share."""
        passed: list[tuple[int, int, Job]] = []
        while self._waiting and len(self._tasks) < self._at_once and not self._closing:
            entry = heapq.heappop(self._waiting)
            job = entry[2]
            if self._busy[job.home_id] >= self._at_once_for_one:
                passed.append(entry)
                continue
            self._busy[job.home_id] += 1
            task = asyncio.create_task(self._finish(job))
            self._tasks[job.message_id] = task
            task.add_done_callback(lambda _, job=job: self._done(job))
        for entry in passed:
            heapq.heappush(self._waiting, entry)

    async def _finish(self, job: Job) -> None:
        try:
            await self._work(job.message_id)
        except Exception:
            # What is unfinished in the ledger is dispatched again after a while.
            log.exception("work failed", message=job.message_id)

    def _done(self, job: Job) -> None:
        del self._tasks[job.message_id]
        self._known.discard(job.message_id)
        self._busy[job.home_id] -= 1
        if not self._busy[job.home_id]:
            del self._busy[job.home_id]
        if again := self._again.pop(job.message_id, None):
            self._put(again)
        self._fill()
