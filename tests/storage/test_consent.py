"""What people have decided about being heard, and what is left of them if they want it deleted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.budgets import Entry
from bot.errors import ForgottenError
from bot.models import OrphanedAnswer, Posted, State
from bot.storage import schema
from bot.storage.consent import Consent
from bot.storage.guild_settings import WHOLE_SERVER, GuildSettings
from bot.storage.ledger import Ledger
from bot.storage.told import Told
from bot.storage.usage import Settlement, UsageRows
from tests.fixtures import note_of
from tests.fixtures_database import Clock, clock, database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["clock", "database", "database_url", "postgres", "postgres_url"]

ANNA, BEN = 4, 5
POSTED = Posted(channel_id=1, pages=(11,))


@pytest.fixture
def consent(database: Database, clock: Clock) -> Consent:
    """Nobody has opted out."""
    return Consent(database, clock=clock)


async def test_everybody_decides_for_themselves(consent: Consent) -> None:
    """As often as they like."""
    await consent.opt_out(ANNA)
    await consent.opt_out(ANNA)
    assert await consent.has_opted_out(ANNA)
    assert not await consent.has_opted_out(BEN)
    assert await consent.opt_in(ANNA)
    assert not await consent.opt_in(ANNA)
    assert not await consent.has_opted_out(ANNA)


async def test_what_is_stored_of_a_person_is_deleted(
    consent: Consent, database: Database, clock: Clock
) -> None:
    """Rows of their recordings; that they asked about others' is forgotten, and the answers that stand are told."""
    ledger = Ledger(database, clock=clock)
    await ledger.receive(
        [
            note_of(message_id=1, author_id=ANNA),
            note_of(message_id=2, author_id=BEN, asked_by=ANNA, ask="typed:9"),
        ]
    )
    [claim] = await ledger.claim(1)
    await ledger.posted(claim, POSTED)
    await ledger.settle(claim, State.POSTED)
    gone = await consent.delete_data(ANNA, answers_too=True)
    assert gone.rows == 2
    assert gone.answers == (OrphanedAnswer(message_id=1, channel_id=2, posted=POSTED),)
    columns = schema.notes.c
    rows = await rows_of(database, sa.select(columns.message_id, columns.author_id, columns.asked_by))
    assert [tuple(row) for row in rows] == [(2, BEN, None)]
    assert (await consent.delete_data(ANNA, answers_too=True)).rows == 0


async def test_what_is_worked_on_stops(consent: Consent, database: Database, clock: Clock) -> None:
    """Its row holds ids alone, so that its worker learns that it is to stop."""
    ledger = Ledger(database, clock=clock)
    await ledger.receive([note_of(author_id=ANNA)])
    [claim] = await ledger.claim(1)
    assert (await consent.delete_data(ANNA, answers_too=True)).rows == 1
    with pytest.raises(ForgottenError):
        await ledger.posted(claim, POSTED)
    [row] = await rows_of(database, sa.select(schema.notes))
    assert (row.author_id, row.note, row.state) == (None, {}, "forgotten")


async def test_deleting_data_is_no_opting_in(consent: Consent) -> None:
    """That they do not want to be heard is all that is left."""
    await consent.opt_out(ANNA)
    await consent.delete_data(ANNA, answers_too=True)
    assert await consent.has_opted_out(ANNA)


async def test_of_what_was_paid_for_it_is_forgotten_who_it_was(
    consent: Consent, database: Database, clock: Clock
) -> None:
    """But for who asked for it today, until the day is over: a budget is not new because somebody had their data deleted."""
    rows = UsageRows(database, clock=clock)
    told = Told(database, clock=clock)
    entry = Entry(
        guild_id=3,
        channel_id=2,
        speaker_id=ANNA,
        asked_by=ANNA,
        ask="listened",
        message_id=1,
        attachment_id=5,
    )
    others = dataclasses.replace(entry, speaker_id=BEN, asked_by=BEN)
    paid = Settlement(seconds=1.0, tokens=None, cost=0.5, model="a/b")
    for began, each in (
        (clock() - 86_400, entry),
        (clock(), entry),
        (clock(), dataclasses.replace(entry, asked_by=BEN)),
        (clock(), others),
    ):
        await rows.settle(None, each, began, paid)
    over = f"over:person:{ANNA}:day:86400"
    await told.first(over, 1)
    assert (await consent.delete_data(ANNA, answers_too=True)).rows == 3
    assert await told.first(over, 2)

    async def kept() -> list[tuple[object, ...]]:
        columns = (schema.usage.c.speaker_id, schema.usage.c.asked_by, schema.usage.c.message_id)
        found = await rows_of(database, sa.select(*columns).order_by(schema.usage.c.id))
        return [tuple(row) for row in found]

    assert await kept() == [(None, None, None), (None, ANNA, None), (None, BEN, None), (BEN, BEN, 1)]
    assert (await consent.delete_data(ANNA, answers_too=True)).rows == 0
    clock.now += 86_400
    await rows.prune(keep_ids_seconds=30 * 86_400, keep_seconds=400 * 86_400)
    assert await kept() == [(None, None, None)] * 3 + [(BEN, BEN, 1)]


async def test_who_changed_a_setting_is_forgotten(consent: Consent, database: Database) -> None:
    """What was changed stays, and can be taken back."""
    settings = GuildSettings(database)
    await settings.change(3, WHOLE_SERVER, "flags", "off", ANNA)
    await settings.change(3, WHOLE_SERVER, "buttons", "off", BEN)
    assert (await consent.delete_data(ANNA, answers_too=True)).rows == 1
    assert [change.changed_by for change in await settings.changes(3)] == [BEN, None]
    assert (await settings.of(3))[WHOLE_SERVER] == {"flags": "off", "buttons": "off"}
