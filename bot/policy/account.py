"""The account that all that is paid for goes through: reserved before, settled after."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot import errors
from bot.budgets import Cap
from bot.models import sum_of
from bot.policy.limits import ServerLimits, caps
from bot.storage import Reservation, Settlement
from bot.supervision import to_its_end

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from bot.budgets import Entry, Paid, Used
    from bot.models import Usage
    from bot.policy.limits import Limits
    from bot.storage import UsageRows

LEAST_SECONDS = 1.0
"""Reserved for what has no sound of its own, and for recordings of unknown length until that is known."""
_RENEW_SECONDS = 30.0
"""A third of what a reservation is held for: two renewals may fail."""


class Charge:
    """What is paid for one answer. Whoever asks the model for it tells it what that takes (`budgets.Meter`)."""

    def __init__(
        self,
        rows: UsageRows,
        entry: Entry,
        caps_at: Callable[[float], tuple[Cap, ...]],
        began: float,
        confirm: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._rows = rows
        self._confirm = confirm
        self._entry = entry
        self._caps_at = caps_at
        self._began = began
        self._held: Reservation | None = None
        self._held_seconds = 0.0
        """How many were reserved, with those that are settled by now."""
        self._row: int | None = None
        """Where what was paid so far is written down, if it is."""
        self._settled = 0.0
        """How many seconds of it."""
        self._estimate: float | None = None
        """What all that was reserved may cost, with what is settled of it by now; None where that is not limited."""
        self._writing = asyncio.Lock()
        """Held by whoever writes in the rows: what one has written, the next has to know of."""
        self._settling: asyncio.Task[None] | None = None
        self._seconds = 0.0
        self._usage: Usage | None = None
        self._model: str | None = None
        self._untold = False
        """Whether something was paid of which it was not told how much."""

    async def reserve(self, seconds: float) -> None:
        """Reserve so many seconds, where anything is limited. Nothing may be sent before.

        Raises:
            OverBudget: there is not so much left.
        """
        if self._caps_at(self._began):
            self._held = _granted(await self._rows.reserve(self._entry, seconds, self._caps_at))
            self._held_seconds, self._estimate = seconds, self._held.cost

    async def about_to_send(self, seconds: float) -> None:
        """So many seconds of audio are about to be sent, besides those that were paid for.

        Raises:
            OverBudget: that is more than was reserved, and than there is left.
        """
        async with self._writing:
            wanted = self._seconds + seconds
            if self._held is not None and wanted > self._held_seconds:
                left = wanted - self._settled
                held = _granted(await self._rows.adjust(self._held, left, self._caps_at))
                settled = self._estimate_of(self._settled)
                self._held, self._held_seconds = held, wanted
                self._estimate = None if held.cost is None else held.cost + (settled or 0.0)

    async def about_to_ask(self) -> None:
        """A request is about to be sent. Raises StoppedError if somebody else works on what it is for."""
        if self._confirm is not None:
            await self._confirm()

    def paid(self, paid: Paid) -> None:
        """A response has to be paid for."""
        self._model = paid.model
        self._seconds += paid.seconds
        self._usage = sum_of(self._usage, paid.usage)
        self._untold = self._untold or paid.usage is None

    async def settle(self) -> None:
        """Write down what was paid, or release what was reserved if that is nothing. Done twice, it is done once."""
        async with self._writing:
            held, self._held = self._held, None
            if self._model is None:
                if held is not None:
                    await self._rows.release(held)
                return
            settlement, self._model = self._settlement(self._model, self._estimate), None
            if self._row is None:
                await self._rows.settle(held, self._entry, self._began, settlement)
                return
            await self._rows.settle_some(held, self._entry, self._began, settlement, left=0.0, row=self._row)
            if held is not None:
                await self._rows.release(held)

    async def settle_so_far(self) -> None:
        """Write down what was paid until now, and hold on to the rest: what a process has paid for that is killed then counts."""
        # It is written down even if its caller is cancelled: then it has to be known where, or it would be written a second time.
        self._settling = asyncio.create_task(self._settle_so_far())
        await to_its_end(self._settling)

    async def _settle_so_far(self) -> None:
        async with self._writing:
            if self._model is None:
                return
            settled = self._seconds
            settlement = self._settlement(self._model, self._estimate_of(settled))
            left = max(0.0, self._held_seconds - settled)
            self._row = await self._rows.settle_some(
                self._held, self._entry, self._began, settlement, left=left, row=self._row
            )
            self._settled = settled

    def _settlement(self, model: str, estimate: float | None) -> Settlement:
        return Settlement(
            seconds=self._seconds,
            tokens=self._usage.total_tokens if self._usage else None,
            cost=self._cost(estimate),
            model=model,
        )

    def _cost(self, estimate: float | None) -> float | None:
        told = self._usage.cost if self._usage else None
        return told if estimate is None or not self._untold else max(told or 0.0, estimate)

    def _estimate_of(self, seconds: float) -> float | None:
        """The share that so many seconds have in what all that was reserved may cost."""
        if self._estimate is None or not self._held_seconds:
            return self._estimate
        return self._estimate * min(1.0, seconds / self._held_seconds)

    async def hold_on(self) -> None:
        """Renew what is reserved, for as long as this runs."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            if self._held is not None:
                await self._rows.renew(self._held)


class Account:
    """All that is paid for goes through it: reserved before, settled after.

    Args:
        rows: where it is written down.
        limits: the operator's.
        server_limits: those that a server has set itself, by its id.
    """

    def __init__(
        self,
        *,
        rows: UsageRows,
        limits: Limits,
        server_limits: Callable[[int], Awaitable[ServerLimits]],
    ) -> None:
        self._rows = rows
        self._limits = limits
        self._server_limits = server_limits

    @asynccontextmanager
    async def charge(
        self, entry: Entry, seconds: float | None, *, confirm: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncGenerator[Charge]:
        """A context in which something is asked of the model, and paid for.

        However it ends, what was paid is written down, and what was reserved and not paid is free again.

        Args:
            entry: what is asked, where and by whom.
            seconds: of audio, as far as that is known; None if it is not.
            confirm: awaited before each request; raises StoppedError if somebody else works on it. None: nobody else can.

        Raises:
            OverBudget: there is not so much left.
        """
        servers = ServerLimits() if entry.guild_id is None else await self._server_limits(entry.guild_id)

        def caps_at(now: float) -> tuple[Cap, ...]:
            return caps(self._limits, servers, guild_id=entry.guild_id, person_id=entry.asked_by, now=now)

        charge = Charge(self._rows, entry, caps_at, self._rows.now, confirm)
        known = seconds is not None and math.isfinite(seconds) and seconds > 0
        await charge.reserve(seconds if known and seconds is not None else LEAST_SECONDS)
        renewing = asyncio.create_task(charge.hold_on())
        try:
            yield charge
        finally:
            renewing.cancel()
            # Also for who is cancelled: what was paid is paid. A statement that has begun comes to its end.
            await charge.settle()
            await asyncio.wait([renewing])
            if not renewing.cancelled():
                renewing.exception()  # Retrieved: without it, what was reserved is merely free a little early.

    async def left(self, guild_id: int | None, person_id: int) -> list[tuple[Cap, Used]]:
        """What limits a person in a place, and how much of it is used."""
        servers = ServerLimits() if guild_id is None else await self._server_limits(guild_id)
        found = caps(self._limits, servers, guild_id=guild_id, person_id=person_id, now=self._rows.now)
        return list(zip(found, await self._rows.used(found), strict=True))


def _granted(found: Reservation | Cap) -> Reservation:
    if isinstance(found, Cap):
        raise errors.OverBudget(whose=found.whose, period=found.period, opens_at=found.until)
    return found
