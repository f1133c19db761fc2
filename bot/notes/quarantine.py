"""Decides which notes are decoded at the same time: many side by side, but a suspect alone.

If the process ends while several notes are being decoded, any of them may have been the reason. Each of them is a suspect
then, and is decoded alone from then on. If the process ends again, that suspect is the reason beyond doubt.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable


class Quarantine:
    """The slots for decoding in one process."""

    def __init__(self) -> None:
        self._many = 0
        self._alone = False
        self._suspects_waiting = 0
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def slot(self, *, alone: bool) -> AsyncGenerator[None]:
        """Wait until a note may be decoded, beside others or `alone`. The slot is held while the context is open."""
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
