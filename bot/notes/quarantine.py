"""Who decodes beside whom: notes side by side, but one under suspicion alone.

When a process ends while several notes are decoded, any of them may be the reason. Each is then under suspicion, and is
decoded by itself from then on: should the process end again, it was that one, and not one that was only near.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


class Quarantine:
    """The places of one process in which notes are decoded."""

    def __init__(self) -> None:
        self._many = 0
        self._alone = False
        self._suspects_waiting = 0
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def place(self, *, alone: bool) -> AsyncGenerator[None]:
        """Wait for a place beside the others, or for one `alone`; it is held while this is open."""
        if alone:
            self._suspects_waiting += 1
            try:
                await self._until(lambda: not self._alone and not self._many)
            finally:
                self._suspects_waiting -= 1
                self._tell()
            self._alone = True
        else:
            # Suspects come first, or where there is much to do they would wait for ever.
            await self._until(lambda: not self._alone and not self._suspects_waiting)
            self._many += 1
        try:
            yield
        finally:
            if alone:
                self._alone = False
            else:
                self._many -= 1
            self._tell()

    async def _until(self, free: Callable[[], bool]) -> None:
        while not free():
            await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
