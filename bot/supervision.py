"""Background work: what goes on for as long as the process does, and what is brought to its end though nobody waits for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

T = TypeVar("T")

log = structlog.get_logger("earshot.background")

_going_on: set[asyncio.Task[Any]] = set()
"""Those that are brought to their ends. The event loop alone would not keep them from being collected."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_STEADY_SECONDS = 300.0
"""Work that went on for so long before it failed is begun again after the first pause, not after a longer one."""


async def supervised(
    name: str,
    work: Callable[[], Awaitable[object]],
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    clock: Callable[[], float] | None = None,
) -> NoReturn:
    """Run endless work until cancelled. If it raises, or ends, it is begun again after a pause that doubles each time.

    Args:
        name: what the work is called in the log.
        work: makes it anew.
        sleep: waits so many seconds.
        clock: gives seconds, monotonic; that of the event loop if not given.
    """
    now = clock or asyncio.get_running_loop().time
    pause = _FIRST_PAUSE
    while True:
        began = now()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - whatever it was, without this work something stops for good
            # Its type alone: the text of a statement's error could quote what somebody said.
            log.error("background work failed", work=name, error=type(error).__name__, again_in=pause)  # noqa: TRY400
        else:
            log.error("background work ended by itself", work=name, again_in=pause)
        if now() - began >= _STEADY_SECONDS:
            pause = _FIRST_PAUSE
        await sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


async def every(
    seconds: float,
    work: Callable[[], Awaitable[object]],
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> NoReturn:
    """Do `work` now and each so many seconds after its end, until cancelled."""
    while True:
        await work()
        await sleep(seconds)


async def to_its_end(work: asyncio.Task[T] | Coroutine[Any, Any, T]) -> T:
    """What `work` comes to, which goes on if this call is cancelled.

    What it then raises is nobody's any more. Of `asyncio.shield`, it is told with a traceback.
    """
    task = work if isinstance(work, asyncio.Task) else asyncio.create_task(work)
    _going_on.add(task)
    task.add_done_callback(_taken_note_of)
    await asyncio.wait([task])
    return task.result()


def _taken_note_of(task: asyncio.Task[Any]) -> None:
    _going_on.discard(task)
    if not task.cancelled():
        task.exception()
