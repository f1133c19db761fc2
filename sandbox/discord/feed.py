"""Publish and subscribe within one process: whoever listens hears of everything, in the order it happens."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

T = TypeVar("T")
Event = TypeVar("Event")


class Feed(Generic[Event]):
    """Passes each event on to all listeners. The world has one, whose events are in `changes`."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with each event from now on, at once, before the next one can happen."""
        self._listeners.append(listener)

    def tell(self, event: Event) -> None:
        """Call every listener with this event; what a listener raises is raised here."""
        for listener in tuple(self._listeners):
            listener(event)

    async def wait_for(self, predicate: Callable[[], T | None], timeout: float) -> T:  # noqa: ASYNC109
        """Wait until `predicate` returns something true, and return that. It is asked now and after each event.

        Raises:
            TimeoutError: nothing true came within `timeout` seconds.
        """
        changed = asyncio.Event()

        def wake(_: Event) -> None:
            changed.set()

        self._listeners.append(wake)
        try:
            async with asyncio.timeout(timeout):
                while not (result := predicate()):
                    changed.clear()
                    await changed.wait()
                return result
        finally:
            self._listeners.remove(wake)

    async def stream(self) -> AsyncIterator[Event]:
        """Iterate over the events, from the first `anext` on and without end."""
        waiting: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.append(waiting.put_nowait)
        try:
            while True:
                yield await waiting.get()
        finally:
            self._listeners.remove(waiting.put_nowait)
