"""Work by a fleet: gateway processes put jobs into PostgreSQL, any number of workers take them (procrastinate)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import procrastinate
import structlog
from procrastinate import exceptions
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from bot.dispatch import Job

log = structlog.get_logger("earshot.fleet")

_QUEUE = "notes"
_TASK = "answer"
_HEARTBEAT = 3.0
_DEAD_AFTER = 12.0
"""Seconds without a heartbeat after which a worker's jobs are given to others."""
_LOOK_EVERY = 4.0
_AWAY_SECONDS = 2.0
_LATER = procrastinate.RetryStrategy(max_attempts=100, linear_wait=15)


class LaterError(Exception):
    """The job has to wait, because Discord is away."""


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncGenerator[procrastinate.App]:
    """The queue in the database at `url`."""
    connector = procrastinate.PsycopgConnector(conninfo=_conninfo(url), max_size=8)
    app = procrastinate.App(connector=connector)
    async with app.open_async():
        yield app


async def migrate(url: str) -> None:
    """Create the queue's tables, where there are none."""
    async with opened(url) as app:
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()


class Fleet:
    """Hands jobs to the workers.

    Args:
        app: the queue.
        at_once_for_one: of one server's messages, in the whole fleet.
    """

    def __init__(self, app: procrastinate.App, *, at_once_for_one: int) -> None:
        self._app = app
        self._at_once_for_one = at_once_for_one

    async def submit(self, job: Job) -> None:
        """Put a job into the queue, unless it waits there already."""
        # A message always has the same lock, so no two workers have it; a server has only so many.
        slot = (job.message_id >> 22) % self._at_once_for_one
        deferrer = self._app.configure_task(
            _TASK,
            queue=_QUEUE,
            lock=f"{job.home_id}/{slot}",
            queueing_lock=str(job.message_id),
            priority=-job.waiting,
        )
        while True:
            try:
                await deferrer.defer_async(message_id=job.message_id)
            except exceptions.AlreadyEnqueued:
                return
            except exceptions.ConnectorException as error:
                log.warning("the queue is away", error=type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)
            else:
                return

    def stop(self, message_id: int) -> None:
        """Nothing here: whoever works on it stops at its next step, since the ledger has forgotten the note."""

    async def close(self, seconds: float) -> None:
        """Nothing here: the workers go on."""


async def serve(
    app: procrastinate.App, work: Callable[[int], Awaitable[bool]], *, at_once: int, shutdown_seconds: float
) -> None:
    """Take jobs from the queue and do them, until cancelled; jobs in hand then get `shutdown_seconds`."""

    async def answer(message_id: int) -> None:
        try:
            finished = await work(message_id)
        except Exception:
            log.exception("work failed", message=message_id)
            raise
        if not finished:
            raise LaterError

    app.task(name=_TASK, queue=_QUEUE, retry=_LATER)(answer)
    async with asyncio.TaskGroup() as group:
        group.create_task(_take_over(app))
        group.create_task(_work(app, at_once, shutdown_seconds))


async def _work(app: procrastinate.App, at_once: int, shutdown_seconds: float) -> None:
    while True:
        try:
            await app.run_worker_async(
                queues=[_QUEUE],
                concurrency=at_once,
                install_signal_handlers=False,
                shutdown_graceful_timeout=shutdown_seconds,
                delete_jobs="always",
                update_heartbeat_interval=_HEARTBEAT,
                stalled_worker_timeout=_DEAD_AFTER,
                fetch_job_polling_interval=_LOOK_EVERY,
            )
        except exceptions.ConnectorException as error:
            log.warning("the queue is away", error=type(error).__name__)
        await asyncio.sleep(_AWAY_SECONDS)


async def _take_over(app: procrastinate.App) -> None:
    """Give the jobs of workers that died to the living."""
    while True:
        with contextlib.suppress(exceptions.ConnectorException):
            for job in await app.job_manager.get_stalled_jobs(
                queue=_QUEUE, seconds_since_heartbeat=_DEAD_AFTER
            ):
                log.info("taking over from a worker that died", message=_message_of(job))
                await app.job_manager.retry_job(job)
        await asyncio.sleep(_LOOK_EVERY)


def _message_of(job: Any) -> object:
    return job.task_kwargs.get("message_id")


def _conninfo(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
