"""What a run does by itself beside answering: it warns, forgets what is old, and keeps in mind what it has seen."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot import storage
from bot.models import State
from bot.storage import Ledger, schema
from tests.fixtures import note_of
from tests.fixtures_database import rows_of
from tests.journeys.stage import PATIENCE

if TYPE_CHECKING:
    from tests.journeys.stage import Stage

DAY = 86_400


async def test_what_is_old_is_deleted(stage: Stage) -> None:
    """Notes finished longer ago than KEEP_DAYS, as soon as a run begins; the rest stays."""
    address = f"sqlite:///{stage.folder}/earshot.db"
    async with storage.opened(address) as database:
        for number, days in ((1, 3.1), (2, 2.9)):
            then = time.time() - days * DAY
            ledger = Ledger(database, clock=lambda then=then: then)
            await ledger.receive([note_of(message_id=number)])
            [claim] = await ledger.claim(number)
            await ledger.settle(claim, State.POSTED)
    async with stage.bot(KEEP_DAYS="3") as bot:
        line = await bot.logged("old notes deleted from the ledger")
        assert line["notes"] == 1
    async with storage.opened(address) as database:
        left = [row[0] for row in await rows_of(database, sa.select(schema.notes.c.message_id))]
    assert left == [2]


async def test_what_was_seen_is_kept_while_the_bot_runs(stage: Stage) -> None:
    """Not only at its end: a run that is killed has not seen all of its days in vain."""
    stage.openroute.script("Heard.")
    async with stage.bot() as bot:
        await bot.logged("ready")
        note = stage.post_note()
        await bot.logged("note")
        address = f"file:{stage.folder}/earshot.db?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as beside:
            async with asyncio.timeout(PATIENCE):
                while beside.execute("SELECT max(message_id) FROM watermarks").fetchone()[0] < note.id:  # noqa: ASYNC110
                    # Another process writes it, and tells nobody.
                    await asyncio.sleep(0.1)


async def test_an_endpoint_that_will_not_do_is_warned_of_at_the_start(stage: Stage) -> None:
    """Before the first note finds it out; the bot runs all the same."""
    async with stage.bot(OPENROUTE_MODEL="nobody/nothing") as bot:
        line = await bot.logged("set-up")
        assert line["level"] == "warning"
        assert "nobody/nothing" in line["about"]
        await bot.logged("ready")
