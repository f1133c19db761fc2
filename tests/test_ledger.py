"""One row a note: nothing is lost, nothing is answered twice, nothing is kept that is not needed."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import database
from bot.ledger import Ledger
from bot.models import Attachment, Outcome, VoiceNote
from tests.fixtures import file_of, note_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine


IDS = st.integers(1, 2**63 - 1)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncGenerator[AsyncEngine]:
    """An empty database."""
    async with database.opened(f"sqlite:///{tmp_path}/a.db") as engine:
        yield engine


def note(message: int = 1, file: int = 5) -> VoiceNote:
    """A note of that message and file."""
    return note_of(message_id=message, attachment=file_of(id=file))


async def test_a_note_is_received_once(engine: AsyncEngine) -> None:
    """Also when it comes by two ways at the same moment; another file of the message is another note."""
    ledger = Ledger(engine)
    assert sorted(await asyncio.gather(*(ledger.receive(note()) for _ in range(5)))) == [False] * 4 + [True]
    assert await ledger.receive(note(file=6))
    assert await ledger.receive(note(message=2))


@pytest.mark.parametrize("outcome", Outcome)
async def test_a_finished_note_is_neither_taken_up_nor_taken_again(
    engine: AsyncEngine, outcome: Outcome
) -> None:
    """However it ended; of what it was only the ids are kept."""
    ledger = Ledger(engine)
    await ledger.receive(note())
    await ledger.receive(note(file=6))
    await ledger.settle(note(), outcome)
    assert await ledger.unfinished() == [note(file=6)]
    assert not await ledger.receive(note())
    async with engine.connect() as connection:
        rows = await connection.execute(sa.select(database.notes).where(database.notes.c.attachment_id == 5))
        row = rows.mappings().one()
    assert (row["state"], row["note"]) == (outcome.value, {})


async def test_the_oldest_note_is_taken_up_first(tmp_path: Path) -> None:
    """In the order they were received, by the clock, in whatever run."""
    ticks = itertools.count(1_000_000.5)
    received = [note(message) for message in (7, 3, 5)]
    for new in received:
        async with database.opened(f"sqlite:///{tmp_path}/b.db") as engine:
            await Ledger(engine, clock=lambda: next(ticks)).receive(new)
    async with database.opened(f"sqlite:///{tmp_path}/b.db") as engine:
        assert await Ledger(engine).unfinished() == received


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        VoiceNote,
        message_id=IDS,
        attachment=st.builds(
            Attachment, id=IDS, seconds=st.none() | st.floats(allow_nan=False, allow_infinity=False)
        ),
    )
)
async def test_a_note_is_taken_up_as_it_was(engine: AsyncEngine, wanted: VoiceNote) -> None:
    """Every field of it."""
    async with engine.begin() as connection:
        await connection.execute(sa.delete(database.notes))
    ledger = Ledger(engine)
    await ledger.receive(wanted)
    assert await ledger.unfinished() == [wanted]
