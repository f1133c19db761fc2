"""A worker of procrastinate's that outlives a database that is away: it goes on as what it was when that is back.

procrastinate's own stops where fetching a job fails, and has what is in hand given up after some seconds: answers that were paid for
would be asked for again. And it watches over its heartbeat and its listener only until the first of its side tasks ends, which is at
once where no job is periodic: when the heartbeat then fails it goes on taking jobs, and others take each of them over. And what it
could not be told, or tell, while the connection was broken, it never learns of again.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog
from procrastinate import exceptions
from procrastinate.worker import Worker

from bot.notes.dispatch.taking_over import Held, revived

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger("earshot.fleet")

AWAY_SECONDS = 2.0
"""Between two attempts at a queue that is away."""
_BEAT = "UPDATE procrastinate_workers SET last_heartbeat = NOW() WHERE id = %(worker_id)s RETURNING id"
"""procrastinate's own, which does not tell whether there still is such a worker."""
_HIS = """
    SELECT id, args -> 'message_id' AS message_id FROM procrastinate_jobs
    WHERE worker_id = %(worker_id)s AND status = 'doing'"""
_NO_SUCH_WORKER = "23503"
"""PostgreSQL's code for a foreign key without a row: here, of a worker that others took for dead and struck off."""


class PatientWorker(Worker):
    """Its arguments are procrastinate's."""

    def _start_side_tasks(self) -> list[asyncio.Task[Any]]:
        """Begin what goes on beside the jobs. It ends with the worker, and not before."""
        return [
            asyncio.create_task(self._again_and_again(self._beat), name="update_heartbeats"),
            asyncio.create_task(self._again_and_again(self._give_back), name="give_back"),
            asyncio.create_task(self._again_and_again(self._listen), name="listener"),
            asyncio.create_task(self._poll_jobs_to_abort(), name="poll_jobs_to_abort"),
        ]

    async def _fetch_and_process_jobs(self) -> None:
        """Take jobs until none is left; none is where the queue is away."""
        try:
            await super()._fetch_and_process_jobs()
        except exceptions.ConnectorException as error:
            if getattr(error.__cause__, "sqlstate", None) == _NO_SUCH_WORKER:
                with contextlib.suppress(exceptions.ConnectorException):
                    await self._sign_on_again()
                return
            log.warning("the queue is away", error=type(error).__name__)
            await asyncio.sleep(AWAY_SECONDS)

    async def _sign_on_again(self) -> None:
        """Be a worker anew. What was in hand is given to others, who do it or have done it already."""
        self.worker_id = await self.app.job_manager.register_worker()
        log.warning("taken for dead by other workers, and back again")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.update_heartbeat_interval)
            # Who waits for a connection that broke does not have another made: whoever asks next does.
            async with asyncio.timeout(2 * self.update_heartbeat_interval):
                alive = await self.app.connector.execute_query_all_async(_BEAT, worker_id=self.worker_id)
            if not alive:
                await self._sign_on_again()

    async def _give_back(self) -> None:
        """Put back, every few seconds, the jobs that this worker has by the queue and does not have.

        The connection broke before it was told of a job that it had been given, or before it could tell of its end. Others leave
        such jobs alone, since the worker is alive; and whatever else has the job's lock waits for it.
        """
        unknown: set[int] = set()
        while True:
            await asyncio.sleep(self.stalled_worker_timeout)
            rows = await self.app.connector.execute_query_all_async(_HIS, worker_id=self.worker_id)
            in_hand = {context.job.id for context in self._running_jobs.values()}
            his = {row["id"]: row["message_id"] for row in rows if row["id"] not in in_hand}
            # One that was there the last time, too: what was given a moment ago may be on its way.
            for job_id in unknown & his.keys():
                held = Held(job_id, self.worker_id, his[job_id])
                if await revived(self.app, held):
                    log.info("giving back a job that is not in hand", message=held.message_id)
            unknown = set(his)

    async def _listen(self) -> None:
        await self.app.job_manager.listen_for_jobs(
            on_notification=self._handle_notification, queues=self.queues
        )

    async def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except (exceptions.ConnectorException, TimeoutError) as error:
                log.debug("beside the jobs", error=type(error).__name__)
            await asyncio.sleep(min(AWAY_SECONDS, self.update_heartbeat_interval))
