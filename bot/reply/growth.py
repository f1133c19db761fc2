"""Shows an answer while it grows: not at every word, and not at all if it is complete soon."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

HOLD = 1.5
"""Seconds from the first text. An answer that is complete by then is posted once and never edited."""
PACE = 2.0
"""Seconds between two edits, at least. Discord bears about five in five seconds for a whole channel."""

PATIENCE = 5.0
"""Seconds for which the end waits for an edit that is under way."""

log = structlog.get_logger("earshot.growth")


class Growth:
    """Shows a text as it grows, by a task in the background that runs while the context is open.

    If showing it fails, that is logged and passed over: only the finished answer has to arrive.

    Args:
        show: called with the text so far.
        hold: seconds from the first text until it is shown.
        pace: seconds between two calls of `show`, at least.
    """

    def __init__(
        self, show: Callable[[str], Awaitable[None]], *, hold: float = HOLD, pace: float = PACE
    ) -> None:
        self._show = show
        self._hold = hold
        self._pace = pace
        self._text = ""
        self._more = asyncio.Event()
        self._showing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def update(self, text: str) -> None:
        """There is more text; `text` is all of it so far."""
        self._text = text
        self._more.set()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is None:
            return
        if not isinstance(error, asyncio.CancelledError):
            # A call of `show` that is under way has to end, or it would overwrite the final answer; but not for ever.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE), self._showing:
                    pass
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        await self._more.wait()
        await asyncio.sleep(self._hold)
        while True:
            await self._more.wait()
            self._more.clear()
            async with self._showing:
                try:
                    await self._show(self._text)
                except Exception as error:  # noqa: BLE001 - whatever it was, the answer itself is not in danger
                    log.warning("progress not shown", error=type(error).__name__)
            await asyncio.sleep(self._pace)
