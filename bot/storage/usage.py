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

from bot.budgets import Cap, Period, Used
from bot.storage.schema import usage as table
from bot.storage.transactions import Store, alone, autocommitted, transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.budgets import Entry
    from bot.storage.transactions import Database

LEASE_SECONDS = 90.0
"""For how long a reservation is held unless it is renewed: what a process that was killed had held is free after that."""
RESERVED, SETTLED = "reserved", "settled"

_LOCK = 0x4561_7273_686F_7400
"""Any number that nothing else in the database takes for a lock of its own."""
_LAST = 200
"""Of so many of the newest rows it is looked at what they cost."""
_SHORTEST = 10.0
"""Seconds. A shorter note is taken to be so long where costs are compared: its prompt costs more than its sound."""
_GUESSED_RATE = 0.0005
"""Credits a second, where nothing was paid for yet. It is what the dearest models that hear audio take (some 40 dollars a
million tokens, ten tokens a second), and ten times what the default model does."""
_TOLERANCE = 1e-6
"""Sums of binary fractions differ from what they should be by less than that."""
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
        found = self._estimate_under(connection, seconds, caps(now), now)
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
        found = self._estimate_under(connection, seconds, caps(held.at), now, without=held.id)
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
        return self._used(connection, caps, self._clock())

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

    def _estimate_under(
        self,
        connection: sa.Connection,
        seconds: float,
        caps: Sequence[Cap],
        now: float,
        *,
        without: int | None = None,
    ) -> float | Cap | None:
        """What so many seconds may cost (None: that is not limited), if all caps allow it; or the longest of those that don't."""
        cost, guessed = None, False
        if any(cap.limit.cost is not None for cap in caps):
            rate, guessed = self._rate(connection)
            cost = rate * max(seconds, _SHORTEST)
        used = self._used(connection, caps, now, without=without)

        def allows(cap: Cap, so_far: Used) -> bool:
            limit = cap.limit
            if limit.seconds is not None and so_far.seconds + seconds > limit.seconds + _TOLERANCE:
                return False
            if limit.cost is None or cost is None:
                return True
            # A guess must not keep out the first note, after which there is no need to guess.
            return so_far.cost < limit.cost if guessed else so_far.cost + cost <= limit.cost + _TOLERANCE

        full = [cap for cap, so_far in zip(caps, used, strict=True) if not allows(cap, so_far)]
        return max(full, key=lambda cap: cap.until) if full else cost

    def _rate(self, connection: sa.Connection) -> tuple[float, bool]:
        """What a second may cost: as much as in the dearest of the newest rows; and whether that is but a guess."""
        if self._free:
            return 0.0, False
        newest = (
            sa.select(table.c.state, table.c.seconds, table.c.cost)
            .order_by(table.c.reserved_at.desc())
            .limit(_LAST)
            .subquery()
        )
        statement = sa.select(sa.func.max(newest.c.cost / _length(newest.c.seconds))).where(
            newest.c.state == SETTLED
        )
        found = connection.execute(statement).scalar()
        return (found, False) if found else (_GUESSED_RATE, True)

    def _used(
        self, connection: sa.Connection, caps: Sequence[Cap], now: float, *, without: int | None = None
    ) -> list[Used]:
        """In one statement, whatever number of caps there is."""
        if not caps:
            return []
        # What the endpoint told no cost of was not for nothing.
        guess = 0.0 if self._free else _length(table.c.seconds) * _GUESSED_RATE
        cost = sa.func.coalesce(table.c.cost, guess)
        counts = sa.or_(table.c.state == SETTLED, table.c.held_until > now)
        sums: list[sa.ScalarSelect[float]] = []
        for cap in caps:
            rows = [table.c.reserved_at >= cap.since, table.c.reserved_at < cap.until, counts]
            if cap.person_id is not None:
                rows.append(table.c.asked_by == cap.person_id)
            if cap.guild_id is not None:
                rows.append(table.c.guild_id == cap.guild_id)
            if without is not None:
                rows.append(table.c.id != without)
            sums += [
                sa.select(sa.func.coalesce(sa.func.sum(of), 0.0)).where(*rows).scalar_subquery()
                for of in (table.c.seconds, cost)
            ]
        found = list(connection.execute(sa.select(*sums)).one())
        return [Used(seconds=found[at], cost=found[at + 1]) for at in range(0, len(found), 2)]


def _length(seconds: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    """What a recording's length counts as where costs are compared."""
    return sa.case((seconds > _SHORTEST, seconds), else_=_SHORTEST)


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
