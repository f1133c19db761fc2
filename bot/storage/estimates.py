"""What something may cost, and how much is used of what caps allow: read from the rows of what is paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.budgets import Cap, Used
from bot.storage.schema import SETTLED
from bot.storage.schema import usage as table

if TYPE_CHECKING:
    from collections.abc import Sequence

_LAST = 200
"""Of so many of the newest rows it is looked at what they cost."""
_SHORTEST = 10.0
"""Seconds. A shorter note is taken to be so long where costs are compared: its prompt costs more than its sound."""
_GUESSED_RATE = 0.0005
"""Credits a second, where nothing was paid for yet. It is what the dearest models that hear audio take (some 40 dollars a
million tokens, ten tokens a second), and ten times what the default model does."""
_TOLERANCE = 1e-6
"""Sums of binary fractions differ from what they should be by less than that."""


def estimate_under(
    connection: sa.Connection,
    seconds: float,
    caps: Sequence[Cap],
    now: float,
    *,
    free: bool,
    without: int | None = None,
) -> float | Cap | None:
    """What so many seconds may cost, if all caps allow it; or the longest of those that don't.

    Args:
        connection: in whose transaction nobody else reserves.
        seconds: of audio.
        caps: that hold.
        now: seconds since 1970.
        free: whether hearing costs nothing.
        without: the number of a row that is not counted.

    Returns:
        The cost, None where that is not limited; or the cap.
    """
    cost, guessed = None, False
    if any(cap.limit.cost is not None for cap in caps):
        rate, guessed = _rate(connection, free=free)
        cost = rate * max(seconds, _SHORTEST)
    used = used_under(connection, caps, now, free=free, without=without)

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


def _rate(connection: sa.Connection, *, free: bool) -> tuple[float, bool]:
    """What a second may cost: as much as in the dearest of the newest rows; and whether that is but a guess."""
    if free:
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


def used_under(
    connection: sa.Connection, caps: Sequence[Cap], now: float, *, free: bool, without: int | None = None
) -> list[Used]:
    """How much is used of what each cap allows: in one statement, whatever number of caps there is."""
    if not caps:
        return []
    # What the endpoint told no cost of was not for nothing.
    guess = 0.0 if free else _length(table.c.seconds) * _GUESSED_RATE
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
