"""Dispatch to a fleet: gateway processes put jobs into PostgreSQL, any number of workers take them (procrastinate)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any, NoReturn

import procrastinate
import structlog
from procrastinate import exceptions
from sqlalchemy.engine import make_url

from bot.notes.dispatch import Job
from bot.notes.dispatch.patient_worker import AWAY_SECONDS, PatientWorker, hold_of
from bot.notes.dispatch.taking_over import take_over
from bot.storage import noticing
from bot.supervision import supervised, to_its_end

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine

    import psycopg
    from procrastinate.job_context import JobContext

    from bot.notes.dispatch import Hold

log = structlog.get_logger("earshot.fleet")

_QUEUE = "notes"
_TASK = "answer"
_HEARTBEAT = 2.0
_DEAD_AFTER = 10.0
"""Seconds without a heartbeat after which a worker's jobs are given to others."""
_LOOK_EVERY = 2.0
_LATE = 4.0
"""Seconds between two looks beyond which the database, or this very process, was away in between: so long that others, whose
hearts beat every two seconds and after as long again where that fails, may not have been heard for as long as a dead one."""


@contextlib.asynccontextmanager
async def opened(url: str) -> AsyncGenerator[procrastinate.App]:
    """The queue in the database at `url`."""
    connector = procrastinate.PsycopgConnector(
        conninfo=_conninfo(url),
        max_size=8,
        # Left alone, the pool would try ever more seldom to connect, and a worker be taken for dead long after the database is
        # back. What gives up is begun anew by whoever asks next.
        reconnect_timeout=_HEARTBEAT,
        timeout=_DEAD_AFTER / 2,
        configure=_commit_each,
    )
    app = procrastinate.App(connector=connector)
    async with app.open_async():
        yield app


async def _commit_each(connection: psycopg.AsyncConnection) -> None:
    """Have each statement committed by the server itself, without a word more.

    Who vanishes between a statement and its COMMIT would keep the rows locked until the server misses it, which may take two hours:
    its own, for one, when that was a heartbeat, and whoever takes over waits for that row.
    """
    await connection.set_autocommit(True)


async def migrate(url: str) -> None:
    """Create the queue's tables, where there are none."""
    async with opened(url) as app:
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()


class FleetDispatch:
    """Puts jobs into the queue for the workers.

    Args:
        app: the queue.
        at_once_for_one: how many messages of one server are worked on at once, in the whole fleet.
    """

    def __init__(self, app: procrastinate.App, *, at_once_for_one: int) -> None:
        self._app = app
        self._at_once_for_one = at_once_for_one

    async def submit(self, job: Job) -> None:
        """Put a job into the queue, unless it waits there already."""
        while True:
            try:
                await _put(self._app, job, self._at_once_for_one)
            except exceptions.ConnectorException as error:
                log.warning("the queue is away", error=type(error).__name__)
                await asyncio.sleep(AWAY_SECONDS)
            else:
                return

    def stop(self, message_id: int) -> None:
        """Nothing here: whoever works on it stops at its next step, since the ledger has forgotten the note."""

    async def close(self, seconds: float) -> None:
        """Nothing here: the workers go on."""


async def serve(
    app: procrastinate.App,
    work: Callable[[int, Hold], Awaitable[None]],
    *,
    at_once: int,
    at_once_for_one: int,
    shutdown_seconds: float,
) -> None:
    """Take jobs from the queue and do them, until cancelled. Jobs that have begun then get `shutdown_seconds` to end.

    Args:
        app: the queue.
        work: called with a message's id and the hold on its job: finishes its notes or postpones them.
        at_once: how many messages this process works on at the same time.
        at_once_for_one: how many messages of one server the whole fleet works on at the same time.
        shutdown_seconds: see above.
    """

    async def answer(context: JobContext, message_id: int, home_id: int, waiting: int) -> None:
        try:
            await work(message_id, hold_of(context))
        except asyncio.CancelledError:
            # A job of its own, not procrastinate's retry: that gets stuck if the message was put in anew meanwhile.
            again = Job(message_id=message_id, home_id=home_id, waiting=waiting)
            try:
                await to_its_end(_put(app, again, at_once_for_one))
            except exceptions.ConnectorException as error:
                # Others take over what it has by the queue, once it is taken for dead.
                log.warning("the queue is away", error=type(error).__name__)
            raise
        except Exception:
            # What is unfinished in the ledger is dispatched again after a while.
            log.exception("work failed", message=message_id)

    app.task(name=_TASK, queue=_QUEUE, pass_context=True)(answer)
    # It stays: what is complained of may be found after the end.
    logging.getLogger("asyncio").addFilter(_said_plainly)
    async with asyncio.TaskGroup() as group:
        group.create_task(supervised("taking over from dead workers", lambda: _take_over(app)))
        group.create_task(supervised("taking jobs", lambda: _work(app, at_once, shutdown_seconds)))


def _said_plainly(record: logging.LogRecord) -> bool:
    """Whether asyncio's line about a forgotten error is shown as it is.

    procrastinate forgets that the end of a job could not be written down: the database is away, and the worker will give it back.
    That is no accident, so nobody need look at a traceback.
    """
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, exceptions.ConnectorException):
        return True
    log.info("the end of a job is not written down", error=str(error.__cause__).partition("\n")[0])
    return False


async def _put(app: procrastinate.App, job: Job, at_once_for_one: int) -> None:
    """Put a job into the queue, unless it waits there already."""
    # A message always has the same lock, so no two workers have it; a server has only so many.
    slot = (job.message_id >> 22) % at_once_for_one
    deferrer = app.configure_task(
        _TASK,
        queue=_QUEUE,
        lock=f"{job.home_id}/{slot}",
        queueing_lock=str(job.message_id),
        priority=-job.waiting,
    )
    with contextlib.suppress(exceptions.AlreadyEnqueued):
        await deferrer.defer_async(message_id=job.message_id, home_id=job.home_id, waiting=job.waiting)


async def _work(app: procrastinate.App, at_once: int, shutdown_seconds: float) -> None:
    while True:
        try:
            worker = PatientWorker(
                app,
                queues=[_QUEUE],
                concurrency=at_once,
                install_signal_handlers=False,
                # A worker that is stopping has no heartbeat: it must be done before the others take it for dead.
                shutdown_graceful_timeout=min(shutdown_seconds, _DEAD_AFTER / 2),
                delete_jobs="always",
                update_heartbeat_interval=_HEARTBEAT,
                dead_after=_DEAD_AFTER,
                fetch_job_polling_interval=_LOOK_EVERY,
            )
            await worker.run()
        except exceptions.ConnectorException as error:
            log.warning("the queue is away", error=type(error).__name__)
        await asyncio.sleep(AWAY_SECONDS)


def _take_over(app: procrastinate.App) -> Coroutine[Any, Any, NoReturn]:
    return take_over(app, _QUEUE, dead_after=_DEAD_AFTER, look_every=_LOOK_EVERY, late=_LATE)


def _conninfo(url: str) -> str:
    return noticing(make_url(url)).set(drivername="postgresql").render_as_string(hide_password=False)
