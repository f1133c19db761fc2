"""The database file: brought up to date by its migrations, and told about in words where it cannot be used."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import alembic.autogenerate
import alembic.command
import alembic.config
import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from bot import database

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_migrations_make_what_the_code_reads(tmp_path: Path) -> None:
    """Nothing is left for alembic to generate; types and indexes are compared, too."""

    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(alembic.autogenerate.compare_metadata(context, database.metadata))

    async with database.opened(f"sqlite:///{tmp_path}/a.db") as engine, engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        indexes = await connection.run_sync(lambda sync: sa.inspect(sync).get_indexes("notes"))
        assert [index["column_names"] for index in indexes] == [["state"]]


async def test_every_migration_can_be_taken_back(tmp_path: Path) -> None:
    """Down to nothing, and up again."""

    def down_and_up(connection: sa.Connection) -> list[str]:
        config = alembic.config.Config()
        config.set_main_option("script_location", "bot:migrations")
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "base")
        left = sa.inspect(connection).get_table_names()
        alembic.command.upgrade(config, "head")
        return left

    async with database.opened(f"sqlite:///{tmp_path}/a.db") as engine, engine.begin() as connection:
        assert await connection.run_sync(down_and_up) == ["alembic_version"]
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert set(tables) >= {"notes", "server_settings"}


async def test_what_is_written_is_there_the_next_time(tmp_path: Path) -> None:
    """In a folder made for it; opening it again changes nothing."""
    url = f"sqlite:///{tmp_path}/new/folder/earshot.db"
    row = {"guild_id": 2**63 - 1, "channel_id": 0, "name": "prompt", "value": "é"}
    async with database.opened(url) as engine, engine.begin() as connection:
        await connection.execute(sa.insert(database.server_settings).values(row))
    async with database.opened(url) as engine, engine.connect() as connection:
        rows = await connection.execute(sa.select(database.server_settings))
        assert [dict(found) for found in rows.mappings()] == [row]


async def test_readers_do_not_wait_for_writers(tmp_path: Path) -> None:
    """The file is in WAL mode, which outlives the process that set it."""
    async with database.opened(f"sqlite:///{tmp_path}/a.db"):
        pass
    with sqlite3.connect(tmp_path / "a.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With the trouble: a file that is none, a folder in its place, a newer version's."""
    (tmp_path / "text.db").write_text("Dear diary, this is no database. " * 100)
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "file").touch()
    async with database.opened(f"sqlite:///{tmp_path}/newer.db") as engine, engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for name in ("text.db", "folder.db", "file/a.db", "newer.db"):
        with pytest.raises(database.DatabaseError) as trouble:
            async with database.opened(f"sqlite:///{tmp_path}/{name}"):
                pass
        assert f"{tmp_path}/{name}" in str(trouble.value)
