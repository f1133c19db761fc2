"""Sums over what was paid for, for those who want to know what is used."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import sqlalchemy as sa

from bot.budgets import DAY_SECONDS, Sum
from bot.storage.schema import usage as table
from bot.storage.transactions import Store, autocommitted


class By(Enum):
    """What sums are taken for, each. A sum's key is an id, a number of days since 1970 (UTC), or a model's name."""

    EVERYTHING = auto()
    """One sum; its key is None."""
    DAY = auto()
    SERVER = auto()
    CHANNEL = auto()
    PERSON = auto()
    """Who wanted the answers."""
    MODEL = auto()


_COLUMNS: dict[By, sa.ColumnElement[Any]] = {
    By.EVERYTHING: sa.null(),
    By.SERVER: table.c.guild_id,
    By.CHANNEL: table.c.channel_id,
    By.PERSON: table.c.asked_by,
    By.MODEL: table.c.model,
}


class UsageSums(Store):
    """Sums over the rows of what was paid for."""

    @autocommitted
    def sums(  # noqa: D417 - the connection is not the caller's to pass
        self,
        connection: sa.Connection,
        by: By,
        since: float,
        until: float,
        *,
        guild_id: int | None = None,
        person_id: int | None = None,
        most: int | None = None,
    ) -> list[Sum]:
        """The sums of all that was begun in a span of time: days in order, of all else the largest first.

        Args:
            by: for what, each.
            since: seconds since 1970.
            until: likewise; without that moment itself.
            guild_id: of one server alone.
            person_id: of what one person asked for alone.
            most: of so many at most.
        """
        key = _key(connection, by)
        statement = (
            sa.select(
                key.label("key"),
                sa.func.sum(table.c.seconds).label("seconds"),
                sa.func.count().label("answers"),
                sa.func.coalesce(sa.func.sum(table.c.tokens), 0).label("tokens"),
                sa.func.sum(table.c.cost).label("cost"),
            )
            .where(table.c.state == "settled", table.c.reserved_at >= since, table.c.reserved_at < until)
            .limit(most)
        )
        if by is By.DAY:
            statement = statement.group_by("key").order_by("key")
        elif by is not By.EVERYTHING:
            statement = statement.group_by("key").order_by(
                sa.desc("seconds"), sa.desc("answers"), sa.asc("key")
            )
        if guild_id is not None:
            statement = statement.where(table.c.guild_id == guild_id)
        if person_id is not None:
            statement = statement.where(table.c.asked_by == person_id)
        rows = connection.execute(statement).all()
        return [
            Sum(
                key=int(row.key) if by is By.DAY else row.key,
                seconds=row.seconds,
                answers=row.answers,
                tokens=int(row.tokens),
                cost=row.cost,
            )
            for row in rows
            if row.answers
        ]


def _key(connection: sa.Connection, by: By) -> sa.ColumnElement[Any]:
    if by is By.DAY:
        days = table.c.reserved_at / DAY_SECONDS
        # SQLite cuts what it casts, and may have been built without FLOOR; PostgreSQL rounds what it casts.
        return sa.cast(days, sa.Integer) if connection.dialect.name == "sqlite" else sa.func.floor(days)
    return _COLUMNS[by]
