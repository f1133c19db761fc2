"""A worker of procrastinate's that outlives a database that is away: it goes on as what it was when that is back.

procrastinate's own stops where fetching a job fails, and has what is in hand given up after some seconds: answers that were paid for
would be asked for again. And it watches over its heartbeat and its listener only until the first of its side tasks ends, which is at
once where no job is periodic: when the heartbeat then fails it goes on taking jobs, and others take each of them over. And what it
could not be told, or tell, while the connection was broken, it never learns of again.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, cast

import structlog
from procrastinate.worker import Worker

from bot.notes.dispatch.heartbeat import AWAY, Heartbeat, JobHold
from bot.notes.dispatch.taking_over import Held, revived

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import procrastinate
    from procrastinate.job_context import JobContext
    from procrastinate.jobs import Job

log = structlog.get_logger("earshot.fleet")

AWAY_SECONDS = 2.0
"""Between two attempts at a queue that is away."""
_FORGOTTEN_AFTER = 86_400.0
"""Seconds without a heartbeat after which the next worker that begins strikes a worker off. Its jobs are taken over long before."""
_WORKER = "worker"
"""Under which name a job's context has who does it."""
_BEAT = "UPDATE procrastinate_workers SET last_heartbeat = NOW() WHERE id = %(worker_id)s RETURNING id"
"""procrastinate's own, which does not tell whether there still is such a worker."""
_HIS = """
    SELECT id, attempts, args -> 'message_id' AS message_id FROM procrastinate_jobs
    WHERE worker_id = %(worker_id)s AND status = 'doing'"""
_END = """
    SELECT procrastinate_finish_job_v1(id, 'succeeded', true) FROM (
        SELECT id FROM procrastinate_jobs
        WHERE id = %(job_id)s AND status = 'doing' AND attempts = %(attempts)s AND worker_id = %(worker_id)s
        FOR UPDATE) AS his"""
"""procrastinate's own, which ends a job whoever has it."""
_NO_SUCH_WORKER = "23503"
"""PostgreSQL's code for a foreign key without a row: here, of a worker that others took for dead and struck off."""


class PatientWorker(Worker):
    """Its arguments are procrastinate's, but for one.

    Args:
        app: the queue's.
        dead_after: seconds without a heartbeat after which a worker's jobs are given to others.
        arguments: procrastinate's.
    """

    def __init__(self, app: procrastinate.App, *, dead_after: float, **arguments: Any) -> None:
        # Whoever begins would strike off at once all that were not heard of while the database was away.
        super().__init__(app, stalled_worker_timeout=_FORGOTTEN_AFTER, **arguments)
        self.additional_context = {_WORKER: self}
        self._dead_after = dead_after
        self._heartbeat = Heartbeat(self._beat, every=self.update_heartbeat_interval, dead_after=dead_after)
        self._looking_since = 0.0
        """From before any job was given out that has begun since, by the event loop's clock."""

    def _start_side_tasks(self) -> list[asyncio.Task[Any]]:
        """Begin what goes on beside the jobs. It ends with the worker, and not before."""
        return [
            asyncio.create_task(self._heartbeat.go_on(), name="update_heartbeats"),
            asyncio.create_task(self._again_and_again(self._give_back), name="give_back"),
            asyncio.create_task(self._again_and_again(self._listen), name="listener"),
            asyncio.create_task(self._poll_jobs_to_abort(), name="poll_jobs_to_abort"),
        ]

    async def _fetch_and_process_jobs(self) -> None:
        """Take jobs until none is left; none is where the queue is away."""
        try:
            # What whoever is dead takes, others take over at once.
            await self._heartbeat.be_fresh()
            self._looking_since = asyncio.get_running_loop().time()
            await super()._fetch_and_process_jobs()
        except AWAY as error:
            if getattr(error.__cause__, "sqlstate", None) == _NO_SUCH_WORKER:
                with contextlib.suppress(*AWAY):
                    await self._heartbeat.beat()
                return
            log.warning("the queue is away", error=type(error).__name__)
            await asyncio.sleep(AWAY_SECONDS)

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        """Stop, also where the queue is away: whoever can't sign off is taken for dead."""
        try:
            await super()._shutdown(side_tasks)
        except AWAY as error:
            log.warning("the queue is away", error=type(error).__name__)

    async def _persist_job_status(self, job: Job, *_: object, **__: object) -> None:
        """Tell the queue of a job's end, unless the job is not this worker's any more: somebody else is at it, then."""
        await self.app.connector.execute_query_all_async(_END, **Held.of(job).names)
        self._job_ids_to_abort.pop(job.id or 0, None)

    async def _beat(self) -> bool:
        """Tell the queue that this worker is alive; False if it was taken for dead, and is another one now.

        What was in hand is given to others then, who do it or have done it already.
        """
        if await self.app.connector.execute_query_all_async(_BEAT, worker_id=self.worker_id):
            return True
        self.worker_id = await self.app.job_manager.register_worker()
        log.warning("taken for dead by other workers, and back again")
        return False

    async def _give_back(self) -> None:
        """Put back, every few seconds, the jobs that this worker has by the queue and does not have.

        The connection broke before it was told of a job that it had been given, or before it could tell of its end. Others leave
        such jobs alone, since the worker is alive; and whatever else has the job's lock waits for it.
        """
        unknown: set[int] = set()
        while True:
            await asyncio.sleep(self._dead_after)
            rows = await self.app.connector.execute_query_all_async(_HIS, worker_id=self.worker_id)
            in_hand = {context.job.id for context in self._running_jobs.values()}
            his = {row["id"]: row for row in rows if row["id"] not in in_hand}
            # One that was there the last time, too: what was given a moment ago may be on its way.
            for job_id in unknown & his.keys():
                row = his.pop(job_id)
                held = Held(job_id, row["attempts"], self.worker_id, row["message_id"])
                if await revived(self.app, held):
                    log.info("giving back a job that is not in hand", message=held.message_id)
            # Without those just now: what was given back may be on its way again.
            unknown = set(his)

    def hold(self, job: Job) -> JobHold:
        """The hold on a job that was just given to this worker."""
        return JobHold(self.app, Held.of(job), self._heartbeat, self._looking_since)

    async def _listen(self) -> None:
        await self.app.job_manager.listen_for_jobs(
            on_notification=self._handle_notification, queues=self.queues
        )

    async def _again_and_again(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except AWAY as error:
                log.debug("beside the jobs", error=type(error).__name__)
            await asyncio.sleep(min(AWAY_SECONDS, self.update_heartbeat_interval))


def hold_of(context: JobContext) -> JobHold:
    """The hold that a worker has on a job that it has just begun."""
    return cast("PatientWorker", context.additional_context[_WORKER]).hold(context.job)
