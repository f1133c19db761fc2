"""A worker's heartbeat: by it the queue knows that a worker is alive, and a worker that its jobs are still its own.

Others take over the jobs of whoever has had no heartbeat for some seconds (`taking_over`). So a worker may rely on having a job until
so long after the last beat that the database has confirmed, by its own clock from before that was sent. Where two beats
were further apart than that, it has to ask.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from procrastinate import exceptions

from bot.errors import SupersededError
from bot.notes.dispatch.taking_over import still_held

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import procrastinate

    from bot.notes.dispatch.taking_over import Held
    from bot.storage import Fence

AWAY = (exceptions.ConnectorException, TimeoutError)
"""What is raised where the queue is away."""


class Heartbeat:
    """Beats, and knows since when nobody can have taken the worker for dead.

    Args:
        beat: tells the queue that the worker is alive; False if the queue knew no such worker any more, which is a new one now.
        every: seconds between two beats. One that takes twice as long has failed.
        dead_after: seconds without a heartbeat after which the worker's jobs are given to others.
    """

    def __init__(self, beat: Callable[[], Awaitable[bool]], *, every: float, dead_after: float) -> None:
        self._told = beat
        self._every = every
        self._dead_after = dead_after
        self._beating = asyncio.Lock()
        self._last = -math.inf
        """Right before the last beat was sent that the database has confirmed; by the event loop's clock, as all here."""
        self.unbroken_since = math.inf
        """Since when nobody can have taken the worker for dead."""

    async def go_on(self) -> None:
        """Beat again and again, until cancelled. Whoever fails tries again soon: until then others may take over."""
        while True:
            try:
                await self.beat()
            except AWAY:
                await self.pause()
            else:
                await asyncio.sleep(self._every)

    async def beat(self) -> None:
        """Tell the queue that the worker is alive.

        Raises:
            ConnectorException, TimeoutError: the queue is away.
        """
        async with self._beating:
            await self._beat_alone()

    async def be_fresh(self) -> None:
        """See that the last beat is no older than two should be apart, and one may take.

        Raises:
            ConnectorException, TimeoutError: the queue is away.
        """
        async with self._beating:
            if self._age > 2 * self._every:
                await self._beat_alone()

    async def until_fresh(self) -> None:
        """As `be_fresh`, and wait while the queue is away."""
        while self._age > 2 * self._every:
            try:
                await self.be_fresh()
            except AWAY:
                await self.pause()

    def limit(self) -> asyncio.Timeout:
        """A context in which a statement may take as long as a beat may."""
        # Who waits for a connection that broke does not have another made: whoever asks next does.
        return asyncio.timeout(2 * self._every)

    async def pause(self) -> None:
        """Wait between two attempts at a queue that is away."""
        await asyncio.sleep(self._every / 10)

    @property
    def _age(self) -> float:
        return asyncio.get_running_loop().time() - self._last

    async def _beat_alone(self) -> None:
        now = asyncio.get_running_loop().time
        sent = now()
        async with self.limit():
            known = await self._told()
        if not known or now() - self._last > self._dead_after:
            self.unbroken_since = sent
        self._last = sent


class JobHold:
    """That a worker has a job: see `Hold`.

    Args:
        app: the queue's.
        held: the job, and whose it is.
        heartbeat: the worker's.
        since: from before the job was given to it, by the event loop's clock.
    """

    def __init__(self, app: procrastinate.App, held: Held, heartbeat: Heartbeat, since: float) -> None:
        self._app = app
        self._held = held
        self._heartbeat = heartbeat
        self._since = since

    @property
    def fence(self) -> Fence:
        """As it says there."""
        return self._held.fence

    async def confirm(self) -> None:
        """As it says there. It takes no statement as long as the worker's heart beats."""
        now = asyncio.get_running_loop().time
        await self._heartbeat.until_fresh()
        while self._since < self._heartbeat.unbroken_since:
            asked = now()
            try:
                async with self._heartbeat.limit():
                    if not await still_held(self._app, self._held):
                        raise SupersededError
                self._since = asked
            except AWAY:
                await self._heartbeat.pause()
            await self._heartbeat.until_fresh()
