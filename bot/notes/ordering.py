"""The notes of one message are heard side by side, but their answers are posted in the order of the files."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

    from bot import reply
    from bot.notes.protocols import Deliver


def in_order(deliveries: Sequence[Deliver]) -> list[OrderedDelivery]:
    """The deliveries of a message's notes, so that each waits until those before it are done."""
    ordered: list[OrderedDelivery] = []
    for delivery in deliveries:
        ordered.append(OrderedDelivery(delivery, ordered[-1].done if ordered else None))
    return ordered


class OrderedDelivery:
    """A delivery that posts nothing before those before it are done. It is a `Deliver` itself.

    Args:
        delivery: what posts the answer.
        before: set when the delivery before this one is done; None for the first.
    """

    def __init__(self, delivery: Deliver, before: asyncio.Event | None) -> None:
        self._delivery = delivery
        self._before = before
        self.done = asyncio.Event()
        """Set by whoever works on the note when nothing more of its answer will be posted."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """As the delivery does."""
        return self._delivery.working()

    async def grow(self, pages: tuple[str, ...], topic: str = "") -> None:
        """Show the answer so far, unless those before it are not done."""
        if self._before is None or self._before.is_set():
            await self._delivery.grow(pages, topic)

    async def finish(self, final: reply.Reply) -> None:
        """Wait for those before it; then show what the note came to."""
        if self._before is not None:
            await self._before.wait()
        await self._delivery.finish(final)

    async def withdraw(self) -> None:
        """Take back what was shown."""
        await self._delivery.withdraw()
