"""The database: brought up to date by its migrations, and told about in words where it cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import alembic.autogenerate
import alembic.command
import alembic.config
import psycopg
import pytest
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from bot.notes.dispatch import fleet
from bot.storage import database
from tests.fixtures_database import database_url, engine
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from benchmarks.postgres import PostgresServer

__all__ = ["database_url", "engine", "postgres", "postgres_url"]

ROOT = Path(__file__).parents[2]
SECRET = "hunter2-hunter2"


def locked() -> OperationalError:
    """What a file that is busy gives."""
    connections = [sqlite3.connect("file:busy?mode=memory&cache=shared", uri=True) for _ in range(2)]
    try:
        connections[0].execute("CREATE TABLE a (b)")
        connections[0].execute("BEGIN IMMEDIATE")
        connections[0].execute("INSERT INTO a VALUES (1)")
        connections[1].execute("SELECT * FROM a")
    except sqlite3.OperationalError as error:
        return OperationalError("", {}, error)
    finally:
        for connection in connections:
            connection.close()
    raise AssertionError("it was not busy")


async def test_the_migrations_make_what_the_code_reads(engine: AsyncEngine) -> None:
    """Nothing is left for alembic to generate; types and indexes are compared, too."""

    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(alembic.autogenerate.compare_metadata(context, database.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        indexes = await connection.run_sync(lambda sync: sa.inspect(sync).get_indexes("notes"))
    assert sorted(index["column_names"] for index in indexes) == [["home_id"], ["state"]]


async def test_every_migration_can_be_taken_back(engine: AsyncEngine) -> None:
    """Down to nothing, and up again."""

    def down_and_up(connection: sa.Connection) -> list[str]:
        config = alembic.config.Config()
        config.set_main_option("script_location", "bot.storage:migrations")
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "base")
        left = sa.inspect(connection).get_table_names()
        alembic.command.upgrade(config, "head")
        return left

    async with engine.begin() as connection:
        assert await connection.run_sync(down_and_up) == ["alembic_version"]
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert set(tables) >= {"notes", "server_settings", "watermarks"}


async def test_nothing_that_was_said_is_in_an_error(engine: AsyncEngine) -> None:
    """Its text may reach a log; what a statement was to write may not."""
    row = {"guild_id": 1, "channel_id": 0, "name": "prompt", "value": SECRET}
    writing = sa.insert(database.server_settings).values(row)
    async with engine.connect() as connection:
        await connection.execute(writing)
        with pytest.raises(IntegrityError) as trouble:
            await connection.execute(writing)
    assert SECRET not in "".join(traceback.format_exception(trouble.value)) + repr(trouble.value)


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


async def test_a_file_belongs_to_one_process(tmp_path: Path) -> None:
    """Another one is told so, and what it can do; once the first has ended, it may."""
    url = f"sqlite:///{tmp_path}/a.db"
    async with database.opened(url):
        status, told = await migrate_elsewhere(tmp_path, url)
    assert status == 2
    assert told == (
        f"The database {url} is in use by another Earshot. Stop that one first, or give this one"
        " a database of its own with DATABASE_URL; several processes can share a PostgreSQL database.\n"
    )
    assert await migrate_elsewhere(tmp_path, url) == (0, "The database is up to date.\n")


async def test_a_server_is_not_brought_up_to_date_by_the_way(postgres_url: str, tmp_path: Path) -> None:
    """Which of many processes would do it? One is told to, and may be told again."""
    url = postgres_url.replace("@", f":{SECRET}@")
    with pytest.raises(
        database.DatabaseError, match=r"not up to date\. Run: python -m bot migrate"
    ) as trouble:
        async with database.opened(url):
            pass
    assert SECRET not in str(trouble.value)
    for _ in range(2):
        assert await migrate_elsewhere(tmp_path, url) == (0, "The database is up to date.\n")
    async with database.opened(url), fleet.opened(url) as app:
        assert await app.check_connection_async()


async def test_a_server_that_cannot_be_used_is_named(postgres: PostgresServer, tmp_path: Path) -> None:
    """Without its password; so is one that another version has been at."""
    url = postgres.database().replace("@", f":{SECRET}@")
    shown = url.replace(SECRET, "***")
    await database.migrate(url)
    async with database.opened(url) as engine, engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    status, told = await migrate_elsewhere(tmp_path, url)
    assert status == 2
    assert told.startswith(f"The database {shown} can't be brought up to date: ")
    with postgres.away():
        status, told = await migrate_elsewhere(tmp_path, url)
        with pytest.raises(database.DatabaseError) as trouble:
            async with database.opened(url):
                pass
    assert status == 2
    for text in (told, str(trouble.value)):
        assert text.startswith(f"The database {shown} can't be ")
        assert SECRET not in text
        assert "Traceback" not in text


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (locked(), True),
        (OperationalError("", {}, sqlite3.OperationalError("no such table: notes")), False),
        (OperationalError("", {}, psycopg.OperationalError("connection refused")), True),
        (OperationalError("", {}, psycopg.errors.AdminShutdown("shutting down")), True),
        (OperationalError("", {}, psycopg.errors.TooManyConnections("too many")), True),
        (OperationalError("", {}, psycopg.errors.InvalidCatalogName("no such database")), False),
        (ProgrammingError("", {}, psycopg.errors.UndefinedTable("no such table")), False),
        (LookupError(), False),
    ],
)
def test_only_what_passes_is_waited_for(error: Exception, passes: bool) -> None:  # noqa: FBT001
    """A statement that is wrong would be tried for ever."""
    assert database.passes(error) is passes


async def migrate_elsewhere(folder: Path, url: str) -> tuple[int, str]:
    """Have another process bring a database up to date: its exit status, and all it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "migrate",
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONWARNINGS": "error",
            "DATABASE_URL": url,
            "LOG_LEVEL": "WARNING",
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()
