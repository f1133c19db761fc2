"""Who does not want to be heard; and what is stored about a person, to be deleted if they want that."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.models import OrphanedAnswer, State
from bot.storage.database import insert
from bot.storage.patience import waits_for_database
from bot.storage.rows import POSTED
from bot.storage.schema import UNFINISHED, opted_out
from bot.storage.schema import notes as table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted of a person's data."""

    rows: int
    answers: tuple[OrphanedAnswer, ...]
    """Those that stand on Discord, to the person's recordings. They are deleted there if the person wants that."""


class Consent:
    """What people have decided about being heard. It holds for every process from the moment it is written down.

    Args:
        engine: the database.
        clock: gives seconds since 1970.
    """

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @waits_for_database
    async def opt_out(self, user_id: int) -> None:
        """This person is not heard any more. What of theirs is not finished yet ends at its next step."""
        statement = insert(self._engine, opted_out).values(user_id=user_id, opted_out_at=self._clock())
        async with self._engine.begin() as connection:
            await connection.execute(statement.on_conflict_do_nothing())

    @waits_for_database
    async def opt_in(self, user_id: int) -> bool:
        """This person is heard again; whether they were not before."""
        async with self._engine.begin() as connection:
            gone = await connection.execute(sa.delete(opted_out).where(opted_out.c.user_id == user_id))
        return gone.rowcount > 0

    @waits_for_database
    async def has_opted_out(self, user_id: int) -> bool:
        """Whether this person does not want to be heard."""
        statement = sa.select(opted_out.c.user_id).where(opted_out.c.user_id == user_id)
        async with self._engine.connect() as connection:
            return (await connection.execute(statement)).first() is not None

    @waits_for_database
    async def delete_data(self, user_id: int) -> Deleted:
        """Delete all that is stored of a person but that they opted out.

        Rows of their recordings go. A row that is not finished stays as one of a note that was deleted, with its ids alone, so
        that whoever works on it stops. Of rows of other people's recordings it is forgotten who asked.
        """
        theirs = table.c.author_id == user_id
        async with self._engine.begin() as connection:
            found = (
                await connection.execute(
                    sa.select(table.c.message_id, table.c.channel_id, table.c.posted).where(theirs)
                )
            ).all()
            await connection.execute(
                sa.update(table)
                .where(theirs, table.c.state.in_(UNFINISHED))
                .values(
                    state=State.FORGOTTEN.value,
                    note={},
                    answer=None,
                    posted=None,
                    author_id=None,
                    asked_by=None,
                    finished_at=self._clock(),
                )
            )
            await connection.execute(sa.delete(table).where(theirs))
            asked = await connection.execute(
                sa.update(table).where(table.c.asked_by == user_id).values(asked_by=None)
            )
        answers = tuple(
            OrphanedAnswer(
                message_id=row.message_id,
                channel_id=row.channel_id,
                posted=POSTED.validate_python(row.posted),
            )
            for row in found
            if row.posted
        )
        return Deleted(len(found) + asked.rowcount, answers)
