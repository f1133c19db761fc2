"""Jobs that nobody does although a worker has them, by the queue: its worker has died, or does not know of them. They go back."""

from __future__ import annotations

import asyncio
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import sqlalchemy as sa
import structlog
from procrastinate import exceptions

from bot.storage import Fence

if TYPE_CHECKING:
    import procrastinate
    from procrastinate.jobs import Job

log = structlog.get_logger("earshot.fleet")

_HIS = """
    WITH worker AS MATERIALIZED (
        SELECT last_heartbeat FROM procrastinate_workers WHERE id = %(worker_id)s FOR NO KEY UPDATE),
    his AS MATERIALIZED (
        SELECT id FROM procrastinate_jobs
        WHERE id = %(job_id)s AND status = 'doing' AND attempts = %(attempts)s
            AND worker_id IS NOT DISTINCT FROM %(worker_id)s
            AND NOT EXISTS (
                SELECT 1 FROM worker WHERE last_heartbeat > now() - %(dead_after)s * interval '1 second')
        FOR UPDATE)
"""
"""The job, if it is still that worker's: others look, too. And if that has had no heartbeat since it was looked up: one that is
under way is waited for, so that the worker is dead for everybody or for nobody. (The row is locked apart from the condition on it:
PostgreSQL would look at that first, and not wait for a beat that it can't see yet.)"""
_REVIVE = f"{_HIS} SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM his"  # noqa: S608 - no names but our own
_END = f"{_HIS} SELECT procrastinate_finish_job_v1(id, 'failed', true) FROM his"  # noqa: S608 - likewise
"""procrastinate's own ways."""
_NOW = "SELECT extract(epoch FROM now())::float8 AS now"
_STILL_HELD = """
    SELECT 1 FROM procrastinate_jobs
    WHERE id = %(job_id)s AND status = 'doing' AND attempts = %(attempts)s AND worker_id = %(worker_id)s"""
_job = sa.table("procrastinate_jobs", *map(sa.column, ("id", "status", "attempts", "worker_id"))).alias("job")
_FENCE = sa.exists().where(
    _job.c.id == sa.bindparam("fence_job", type_=sa.BigInteger),
    _job.c.attempts == sa.bindparam("fence_attempts", type_=sa.Integer),
    _job.c.worker_id == sa.bindparam("fence_worker", type_=sa.BigInteger),
    sa.cast(_job.c.status, sa.Text) == "doing",
)


@dataclass(frozen=True, slots=True)
class Held:
    """A job that a worker has, by the queue."""

    job_id: int
    attempts: int
    """How often it was put back before: what a worker had may be given to the same worker again."""
    worker_id: int | None
    """None once others have struck the worker off."""
    message_id: object

    @classmethod
    def of(cls, job: Job) -> Held:
        """A job as it was looked up, or given to a worker."""
        return cls(job.id or 0, job.attempts, job.worker_id, job.task_kwargs.get("message_id"))

    @property
    def names(self) -> dict[str, int | None]:
        """What tells in a statement that it is still so."""
        return {"job_id": self.job_id, "attempts": self.attempts, "worker_id": self.worker_id}

    @property
    def fence(self) -> Fence:
        """That it is still so, for who has the same database."""
        return Fence(
            _FENCE,
            {
                "fence_job": self.job_id,
                "fence_attempts": self.attempts,
                "fence_worker": self.worker_id,
            },
        )


async def take_over(
    app: procrastinate.App, queue: str, *, dead_after: float, look_every: float, late: float
) -> NoReturn:
    """Look every few seconds for jobs of workers that died, and put them back into the queue; until cancelled.

    Args:
        app: the queue's.
        queue: its name.
        dead_after: seconds without a heartbeat after which a worker is dead.
        look_every: seconds between two looks, more or less.
        late: seconds between two looks beyond which the database, or this very process, was away in between.
    """
    loop = asyncio.get_running_loop()
    looked_at = loop.time()
    steady_since = looked_at - dead_after / 2
    ahead = math.nan
    """How far the database's clock is ahead of this one's, by the last look."""
    while True:
        try:
            stalled = await app.job_manager.get_stalled_jobs(queue=queue, seconds_since_heartbeat=dead_after)
            [row] = await app.connector.execute_query_all_async(_NOW)
            was_ahead, ahead = ahead, float(row["now"]) - loop.time()
            # A look may also have waited until the database was back, or the database's clock have been set.
            if loop.time() - looked_at > late or abs(ahead - was_ahead) > late:
                steady_since = loop.time()
            # While the database was away, nobody's heart could be heard; and by a clock that was set, all have long been silent.
            if loop.time() - steady_since > dead_after:
                for job in stalled:
                    held = Held.of(job)
                    if await revived(app, held, dead_after=dead_after):
                        log.info("taking over from a worker that died", message=held.message_id)
        except exceptions.ConnectorException:
            steady_since = loop.time()
        looked_at = loop.time()
        # Not in step with the other workers, so that no two see the same dead one at the same moment.
        await asyncio.sleep(look_every * random.uniform(0.5, 1.5))  # noqa: S311 - no secret


async def revived(app: procrastinate.App, held: Held, *, dead_after: float | None = None) -> bool:
    """Put a job back into the queue, unless somebody has done so since it was looked up; whether it is there now.

    Args:
        app: the queue's.
        held: the job, and whose it is.
        dead_after: only if its worker has had no heartbeat for so many seconds; None: in any case.
    """
    names = {**held.names, "dead_after": dead_after}
    try:
        try:
            return bool(await app.connector.execute_query_all_async(_REVIVE, **names))
        except exceptions.UniqueViolation:
            # The message was put in anew meanwhile; the old job only stands in the way.
            await app.connector.execute_query_all_async(_END, **names)
    except exceptions.ConnectorException as error:
        # Another worker was quicker, or the database is away; the next look tells.
        log.info("not taken over", message=held.message_id, error=type(error).__name__)
    return False


async def still_held(app: procrastinate.App, held: Held) -> bool:
    """Whether a worker still has a job. Raises ConnectorException."""
    return bool(await app.connector.execute_query_all_async(_STILL_HELD, **held.names))
