"""Migrations: what they make is what the code reads, and what was stored before them is still there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import alembic.autogenerate
import alembic.command
import alembic.config
import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from bot import rules
from bot.models import Answer, Attachment, ChannelKind, Claim, Ending, Posted, Prompt, PromptSource, VoiceNote
from bot.policy import RuleBook
from bot.storage import Consent, GuildSettings, Ledger, schema
from bot.storage.rows import NOTE
from tests.fixtures import note_of, settings_of
from tests.fixtures_database import database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]

NOTE_OF_0002 = {
    "message_id": 11,
    "channel_id": 2,
    "guild_id": 3,
    "place": "channel",
    "author_id": 4,
    "attachment": {
        "id": 5,
        "filename": "voice-message.ogg",
        "size": 6000,
        "url": "https://cdn.example/a",
        "content_type": "audio/ogg",
        "seconds": 4.5,
    },
    "prompt": {"text": "What is said?", "source": "server"},
    "voice": True,
    "titled": False,
}
"""A note as version 0002 of the schema has it in the column `note`, letter by letter."""


NEW_IN_0007 = {"parent_id", "manner"}
"""What a note has since then."""


def config_of(connection: sa.Connection) -> alembic.config.Config:
    """For alembic's commands."""
    config = alembic.config.Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.attributes["connection"] = connection
    return config


async def test_the_migrations_make_what_the_code_reads(database: Database) -> None:
    """Nothing is left for alembic to generate; types and indexes are compared, too."""

    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(alembic.autogenerate.compare_metadata(context, schema.metadata))

    assert await database.run(differences) == []
    indexes = await database.run(lambda sync: sa.inspect(sync).get_indexes("notes"))
    assert sorted(index["column_names"] for index in indexes) == [
        ["author_id"],
        ["home_id"],
        ["question_id"],
        ["state"],
    ]


async def test_every_migration_can_be_taken_back(database: Database) -> None:
    """Down to nothing, and up again."""

    def down_and_up(connection: sa.Connection) -> list[str]:
        config = config_of(connection)
        alembic.command.downgrade(config, "base")
        left = sa.inspect(connection).get_table_names()
        alembic.command.upgrade(config, "head")
        return left

    assert await database.run(down_and_up) == ["alembic_version"]
    tables = await database.run(lambda sync: sa.inspect(sync).get_table_names())
    assert set(tables) >= {"notes", "server_settings", "watermarks"}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ("channel", ChannelKind.TEXT),
        ("thread", ChannelKind.THREAD),
        ("voice", ChannelKind.VOICE),
        ("direct", ChannelKind.DIRECT),
    ],
)
async def test_notes_of_0002_are_worked_on(database: Database, told: str, kind: ChannelKind) -> None:
    """With all that was known of them; finished ones stay finished."""
    row = {
        "message_id": 11,
        "attachment_id": 5,
        "ask": "listened",
        "home_id": 3,
        "channel_id": 2,
        "state": "received",
        "attempts": 2,
        "turn": 7,
        "due_at": 0.0,
        "direct": False,
        "note": json.dumps(NOTE_OF_0002 | {"place": told}),
        "posted": json.dumps({"channel_id": 11, "pages": [12]}),
        "received_at": 1_000_000.5,
    }
    finished = row | {"attachment_id": 6, "state": "posted", "note": "{}"}

    def fill(connection: sa.Connection) -> None:
        alembic.command.downgrade(config_of(connection), "0002")
        columns = ", ".join(row)
        values = ", ".join(f":{column}" for column in row)
        connection.execute(
            sa.text(f"INSERT INTO notes ({columns}) VALUES ({values})"),  # noqa: S608 - names of this test
            [row, finished],
        )
        alembic.command.upgrade(config_of(connection), "head")

    await database.run(fill)
    assert await Ledger(database).claim(11) == [
        Claim(
            note=VoiceNote(
                message_id=11,
                channel_id=2,
                guild_id=3,
                channel_kind=kind,
                author_id=4,
                attachment=Attachment(
                    id=5,
                    filename="voice-message.ogg",
                    size=6000,
                    url="https://cdn.example/a",
                    content_type="audio/ogg",
                    seconds=4.5,
                ),
                prompt=Prompt(text="What is said?", source=PromptSource.SERVER),
                voice=True,
                titled=False,
            ),
            number=8,
            posted=Posted(channel_id=11, pages=(12,)),
            message_pages=frozenset({12}),
            decode_crashes=2,
            received_at=1_000_000.5,
        )
    ]

    def note_of_0002(connection: sa.Connection) -> object:
        alembic.command.downgrade(config_of(connection), "0002")
        found = connection.execute(
            sa.text("SELECT note, attempts, turn FROM notes WHERE attachment_id = 5")
        ).one()
        note = json.loads(found.note) if isinstance(found.note, str) else found.note
        return note, found.attempts, found.turn

    assert await database.run(note_of_0002) == (NOTE_OF_0002 | {"place": told}, 2, 8)


@pytest.mark.parametrize(
    ("number", "ending"),
    [
        (1, Ending.COMPLETE),
        (2, Ending.CUT),
        (3, Ending.FILTERED),
        (4, Ending.GAPS),
        (5, Ending.TRANSCRIPT),
    ],
)
async def test_answers_of_0002_end_as_they_did(database: Database, number: int, ending: Ending) -> None:
    """One that waits to be posted while a new version is put in says what it would have said."""
    note = NOTE_OF_0002 | {"channel_kind": "text"}
    del note["place"]
    row = {
        "message_id": 11,
        "attachment_id": 5,
        "ask": "listened",
        "home_id": 3,
        "channel_id": 2,
        "state": "answered",
        "note": note,
        "answer": json.dumps(
            {"text": "Hi.", "model": "a/b", "ending": number, "usage": None, "generation_id": None}
        ),
        "received_at": 1.0,
    }
    await rows_of(database, sa.insert(schema.notes).values(row))
    [claim] = await Ledger(database).claim(11)
    assert claim.answer == Answer(text="Hi.", model="a/b", ending=ending)


async def test_going_back_leaves_the_notes_alone(database: Database) -> None:
    """0004 knows nothing of other asks: it would answer each as the note itself."""
    ledger = Ledger(database)
    await ledger.receive([note_of(), note_of(ask="preset:summary:de", asked_by=7), note_of(ask="typed:9")])

    def back_and_forth(connection: sa.Connection) -> None:
        alembic.command.downgrade(config_of(connection), "0004")
        alembic.command.upgrade(config_of(connection), "head")

    await database.run(back_and_forth)
    assert [claim.note for claim in await ledger.claim(1)] == [note_of()]


async def test_a_database_of_0006_goes_on_as_it_was(database: Database) -> None:
    """Its prompts are in force, notes in hand are worked on, nobody who had opted out is heard; and back it can go."""
    ledger, note = Ledger(database), note_of(guild_id=3, asked_by=7, ask="preset:summary:de")
    await ledger.receive([note])
    of_0006 = {
        key: value for key, value in NOTE.dump_python(note, mode="json").items() if key not in NEW_IN_0007
    }
    rows = {
        "server_settings": {"guild_id": 3, "channel_id": 0, "name": "prompt", "value": "Sing."},
        "opted_out": {"user_id": 9, "opted_out_at": 1.5},
        "watermarks": {"shard_id": 0, "message_id": 12},
    }

    def as_it_was(connection: sa.Connection) -> None:
        alembic.command.downgrade(config_of(connection), "0006")
        connection.execute(sa.text("UPDATE notes SET note = :note"), {"note": json.dumps(of_0006)})
        for table, row in rows.items():
            connection.execute(sa.insert(schema.metadata.tables[table]).values(row))

    def upgraded(connection: sa.Connection) -> None:
        alembic.command.upgrade(config_of(connection), "head")

    def what_0006_sees(connection: sa.Connection) -> dict[str, dict[str, object]]:
        alembic.command.downgrade(config_of(connection), "0006")
        return {
            table: dict(connection.execute(sa.select(schema.metadata.tables[table])).mappings().one())
            for table in rows
        }

    await database.run(as_it_was)
    await database.run(upgraded)
    rule_book = RuleBook(guild_settings=GuildSettings(database), settings=settings_of())
    assert (await rule_book.at(3, (2,))).of(rules.PROMPT) == "Sing."
    assert await rule_book.undo(3) is None
    assert await Consent(database).has_opted_out(9)
    [claim] = await ledger.claim(note.message_id)
    assert claim.note == note
    for empty in (schema.setting_changes, schema.guild_presets, schema.told, schema.guilds, schema.usage):
        assert (await rows_of(database, sa.select(sa.func.count()).select_from(empty)))[0][0] == 0
    await rule_book.change(3, 0, rules.FLAGS, "off", 4)
    await rule_book.undo(3)
    assert await database.run(what_0006_sees) == rows
