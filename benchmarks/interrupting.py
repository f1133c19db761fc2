"""Runs a benchmark so that whatever it has started is ended with it, by Ctrl-C and by SIGTERM alike."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


def run(work: Coroutine[object, object, T]) -> T:
    """As `asyncio.run`; SIGTERM cancels the work, as Ctrl-C does.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
        asyncio.CancelledError: it was SIGTERM.
    """
    return asyncio.run(_until_told_to_stop(work))


async def _until_told_to_stop(work: Coroutine[object, object, T]) -> T:
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
