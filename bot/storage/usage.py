"""What is paid for: reserved before it is heard, settled when it is known what it came to, or released.

However many processes reserve at the same moment, no cap is overdrawn: on PostgreSQL whoever reserves under a cap holds a lock
meanwhile, and on SQLite there is one connection.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.budgets import Cap, Period
from bot.storage.estimates import estimate_under, used_under
from bot.storage.schema import RESERVED, SETTLED
from bot.storage.schema import usage as table
from bot.storage.transactions import Store, alone, autocommitted, transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.budgets import Entry, Used
    from bot.storage.transactions import Database

LEASE_SECONDS = 90.0
"""For how long a reservation is held unless it is renewed: what a process that was killed had held is free after that."""

_LOCK = 0x4561_7273_686F_7400
"""Any number that nothing else in the database takes for a lock of its own."""
_ABANDONED_SECONDS = 3600.0
_ADD = sa.insert(table)
_WHO = (table.c.speaker_id, table.c.asked_by, table.c.message_id, table.c.attachment_id, table.c.ask)
"""The columns that say who and what a row is about."""


Caps = Callable[[float], "Sequence[Cap]"]
"""The caps that hold at a moment, in seconds since 1970. It is the transaction's own: midnight may pass while others have the
database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What was reserved: its row, when that was, and the cost that was estimated, where it is limited."""

    id: int
    at: float
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What something came to.

    Args:
        seconds: of audio that was sent.
        tokens, cost: as far as the endpoint told.
        model: that answered.
    """

    seconds: float
    tokens: int | None
    cost: float | None
    model: str


class UsageRows(Store):
    """The rows of what is paid for.

    Args:
        database: open.
        free: whether hearing costs nothing, because that is done on this machine.
        clock: gives seconds since 1970.
    """

    def __init__(
        self, database: Database, *, free: bool = False, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(database, clock=clock)
        self._free = free

    @property
    def now(self) -> float:
        """The clock, in seconds since 1970."""
        return self._clock()

    @transaction
    def reserve(
        self, connection: sa.Connection, entry: Entry, seconds: float, caps: Caps
    ) -> Reservation | Cap:
        """Reserve so many seconds of audio and what they may cost; or else the cap that does not allow it.

        Of several that don't, it is the one that holds longest. What a dead process has held for the same is given up.
        """
        # Others who reserve wait until this ends. They then see what was committed in it.
        alone(connection, _LOCK)
        now = self._clock()
        if entry.stored:
            connection.execute(
                sa.delete(table).where(
                    table.c.state == RESERVED,
                    table.c.message_id == entry.message_id,
                    table.c.attachment_id == entry.attachment_id,
                    table.c.ask == entry.ask,
                )
            )
        found = estimate_under(connection, seconds, caps(now), now, free=self._free)
        if isinstance(found, Cap):
            return found
        values = {"state": RESERVED, "reserved_at": now, "held_until": now + LEASE_SECONDS}
        added = connection.execute(
            sa.insert(table).values(**values, **_about(entry), seconds=seconds, cost=found)
        )
        [number] = added.inserted_primary_key or (0,)
        return Reservation(id=number, at=now, cost=found)

    @transaction
    def adjust(
        self, connection: sa.Connection, held: Reservation, seconds: float, caps: Caps
    ) -> Reservation | Cap:
        """Hold so many seconds instead of what was reserved; or else, with nothing changed, the cap that does not allow it."""
        # Others who reserve wait until this ends. They then see what was committed in it.
        alone(connection, _LOCK)
        now = self._clock()
        # It counts to the day on which it was reserved.
        found = estimate_under(connection, seconds, caps(held.at), now, free=self._free, without=held.id)
        if isinstance(found, Cap):
            return found
        connection.execute(
            sa.update(table)
            .where(*_held(held))
            .values(seconds=seconds, cost=found, held_until=now + LEASE_SECONDS)
        )
        return Reservation(id=held.id, at=held.at, cost=found)

    @autocommitted
    def renew(self, connection: sa.Connection, held: Reservation) -> None:
        """Hold on to what was reserved."""
        statement = sa.update(table).where(*_held(held))
        connection.execute(statement.values(held_until=self._clock() + LEASE_SECONDS))

    @autocommitted
    def settle(  # noqa: D417 - the connection is not the caller's to pass
        self,
        connection: sa.Connection,
        held: Reservation | None,
        entry: Entry,
        began: float,
        settlement: Settlement,
    ) -> None:
        """Write down what something came to, whether or not it was reserved, or is still held. Done twice, it is done once.

        Args:
            held: what was reserved for it.
            entry: what it is.
            began: when it was begun, which decides to what day it counts where nothing was reserved.
            settlement: what it came to.
        """
        values = _settled(settlement)
        if held is not None:
            changed = connection.execute(sa.update(table).where(*_held(held)).values(**values))
            if changed.rowcount:
                return
        at = began if held is None else held.at
        values |= {"reserved_at": at, "held_until": at, **_about(entry)}
        there = sa.select(table.c.id).where(*_paid_at(at, entry)).exists()
        # A connection can break before the server's answer comes: then this is repeated, and must not be paid again.
        row = sa.select(*(sa.literal(value, table.c[name].type) for name, value in values.items()))
        connection.execute(sa.insert(table).from_select(list(values), row.where(~there)))

    @transaction
    def settle_some(  # noqa: D417 - the connection is not the caller's to pass
        self,
        connection: sa.Connection,
        held: Reservation | None,
        entry: Entry,
        began: float,
        settlement: Settlement,
        *,
        left: float,
        row: int | None,
    ) -> int:
        """Write down what something came to so far, in a row of its own, whose number is given. Otherwise as `settle`.

        Args:
            held: what was reserved for it.
            entry: what it is.
            began: when it was begun.
            settlement: what it came to so far.
            left: seconds that are held on to.
            row: the number that was given the last time.
        """
        at = began if held is None else held.at
        values = _settled(settlement)
        if held is not None:
            share = sa.case((table.c.seconds > 0, left / table.c.seconds), else_=0.0)
            connection.execute(
                sa.update(table).where(*_held(held)).values(seconds=left, cost=table.c.cost * share)
            )
        if row is None:
            # A connection can break before the server's answer comes, and this is repeated.
            statement = sa.select(table.c.id).where(*_paid_at(at, entry))
            row = connection.execute(statement).scalar_one_or_none()
        if row is not None:
            connection.execute(sa.update(table).where(table.c.id == row).values(**values))
            return row
        added = connection.execute(_ADD, {**values, "reserved_at": at, "held_until": at, **_about(entry)})
        [number] = added.inserted_primary_key or (0,)
        return number

    @autocommitted
    def release(self, connection: sa.Connection, held: Reservation) -> None:
        """Nothing was paid of what was reserved."""
        connection.execute(sa.delete(table).where(*_held(held)))

    @autocommitted
    def release_all(self, connection: sa.Connection) -> int:
        """Give up all that is held; how much that is. For a process that has the database for itself, when it begins."""
        return connection.execute(sa.delete(table).where(table.c.state == RESERVED)).rowcount

    @autocommitted
    def used(self, connection: sa.Connection, caps: Sequence[Cap]) -> list[Used]:
        """How much is used of what each cap allows."""
        return used_under(connection, caps, self._clock(), free=self._free)

    @transaction
    def prune(self, connection: sa.Connection, *, keep_ids_seconds: float, keep_seconds: float) -> int:
        """Forget who and what older rows are about, and delete still older ones; how many rows were deleted.

        The day that has not ended yet is left alone: it is counted by person. That holds also for people who have had their
        data deleted; of theirs the day's rows are known by having no `ask`.
        """
        now = self._clock()
        midnight, _ = Period.DAY.around(now)
        too_old = sa.and_(
            table.c.reserved_at < min(now - keep_ids_seconds, midnight),
            sa.or_(*(column.is_not(None) for column in _WHO)),
        )
        deleted_before = sa.and_(
            table.c.reserved_at < midnight, table.c.ask.is_(None), table.c.asked_by.is_not(None)
        )
        nothing = {column.name: None for column in _WHO}
        abandoned = sa.and_(table.c.state == RESERVED, table.c.held_until < now - _ABANDONED_SECONDS)
        connection.execute(sa.update(table).where(sa.or_(too_old, deleted_before)).values(**nothing))
        gone = connection.execute(
            sa.delete(table).where(sa.or_(table.c.reserved_at < now - keep_seconds, abandoned))
        )
        return gone.rowcount


def _settled(settlement: Settlement) -> dict[str, str | float | None]:
    return {
        "state": SETTLED,
        "seconds": settlement.seconds,
        "tokens": settlement.tokens,
        "cost": settlement.cost,
        "model": settlement.model[:200],
    }


def _held(held: Reservation) -> list[sa.ColumnElement[bool]]:
    """What tells the row of what was reserved, if it is held still: a file gives the number of a row that is gone to another."""
    return [table.c.id == held.id, table.c.reserved_at == held.at, table.c.state == RESERVED]


def _paid_at(at: float, entry: Entry) -> list[sa.ColumnElement[bool]]:
    """What tells the row in which is written what something came to: nobody asks for the same twice at the same microsecond."""
    same = (table.c[name].is_not_distinct_from(value) for name, value in _about(entry).items())
    return [table.c.reserved_at == at, table.c.state == SETTLED, *same]


def _about(entry: Entry) -> dict[str, int | str | None]:
    return {
        "guild_id": entry.guild_id,
        "channel_id": entry.channel_id,
        "speaker_id": entry.speaker_id,
        "asked_by": entry.asked_by,
        "message_id": entry.message_id,
        "attachment_id": entry.attachment_id,
        "ask": entry.ask,
    }
