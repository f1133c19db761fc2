"""The database: brought up to date by its migrations, and told about in words where it cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError

from bot import storage
from bot.notes.dispatch import fleet
from bot.storage import schema
from tests.fixtures_database import database, database_url, rows_of
from tests.postgres import postgres, postgres_url

if TYPE_CHECKING:
    from benchmarks.postgres import PostgresServer
    from bot.storage import Database

__all__ = ["database", "database_url", "postgres", "postgres_url"]

ROOT = Path(__file__).parents[2]
SECRET = "hunter2-hunter2"


async def test_nothing_that_was_said_is_in_an_error(database: Database) -> None:
    """Its text may reach a log; what a statement was to write may not."""
    row = {"guild_id": 1, "channel_id": 0, "name": "prompt", "value": SECRET}
    writing = sa.insert(schema.server_settings).values(row)
    await rows_of(database, writing)
    with pytest.raises(IntegrityError) as trouble:
        await rows_of(database, writing)
    assert SECRET not in "".join(traceback.format_exception(trouble.value)) + repr(trouble.value)


async def test_what_is_written_is_there_the_next_time(tmp_path: Path) -> None:
    """In a folder made for it; opening it again changes nothing."""
    url = f"sqlite:///{tmp_path}/new/folder/earshot.db"
    row = {"guild_id": 2**63 - 1, "channel_id": 0, "name": "prompt", "value": "é"}
    async with storage.opened(url) as database:
        await rows_of(database, sa.insert(schema.server_settings).values(row))
    async with storage.opened(url) as database:
        rows = await rows_of(database, sa.select(schema.server_settings))
        assert rows == [tuple(row.values())]


async def test_readers_do_not_wait_for_writers(tmp_path: Path) -> None:
    """The file is in WAL mode, which outlives the process that set it."""
    async with storage.opened(f"sqlite:///{tmp_path}/a.db"):
        pass
    with sqlite3.connect(tmp_path / "a.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


async def test_a_database_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """With the trouble: a file that is none, a folder in its place, a newer version's."""
    (tmp_path / "text.db").write_text("Dear diary, this is no database. " * 100)
    (tmp_path / "folder.db").mkdir()
    (tmp_path / "file").touch()
    async with storage.opened(f"sqlite:///{tmp_path}/newer.db") as database:
        await rows_of(database, sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for name in ("text.db", "folder.db", "file/a.db", "newer.db"):
        with pytest.raises(storage.DatabaseError) as trouble:
            async with storage.opened(f"sqlite:///{tmp_path}/{name}"):
                pass
        assert f"{tmp_path}/{name}" in str(trouble.value)


async def test_a_file_belongs_to_one_process(tmp_path: Path) -> None:
    """Another one is told so, and what it can do; once the first has ended, it may."""
    url = f"sqlite:///{tmp_path}/a.db"
    async with storage.opened(url):
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
        storage.DatabaseError, match=r"not up to date\. Run: python -m bot migrate"
    ) as trouble:
        async with storage.opened(url):
            pass
    assert SECRET not in str(trouble.value)
    for _ in range(2):
        assert await migrate_elsewhere(tmp_path, url) == (0, "The database is up to date.\n")
    async with storage.opened(url), fleet.opened(url) as app:
        assert await app.check_connection_async()


async def test_a_server_that_cannot_be_used_is_named(postgres: PostgresServer, tmp_path: Path) -> None:
    """Without its password; so is one that another version has been at."""
    url = postgres.database().replace("@", f":{SECRET}@")
    shown = url.replace(SECRET, "***")
    await storage.migrate(url)
    async with storage.opened(url) as database:
        await rows_of(database, sa.text("UPDATE alembic_version SET version_num = '9999'"))
    status, told = await migrate_elsewhere(tmp_path, url)
    assert status == 2
    assert told.startswith(f"The database {shown} can't be brought up to date: ")
    with postgres.away():
        status, told = await migrate_elsewhere(tmp_path, url)
        with pytest.raises(storage.DatabaseError) as trouble:
            async with storage.opened(url):
                pass
    assert status == 2
    for text in (told, str(trouble.value)):
        assert text.startswith(f"The database {shown} can't be ")
        assert SECRET not in text
        assert "Traceback" not in text


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
            # The standard library's audioop is deprecated; from Python 3.13 on a package takes its place.
            "PYTHONWARNINGS": "error,ignore:'audioop' is deprecated:DeprecationWarning",
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


async def test_who_only_reads_reads_beside_who_writes(database_url: str, database: Database) -> None:
    """Also an SQLite file that another process has; nothing can be written."""
    await rows_of(database, sa.insert(schema.watermarks).values(shard_id=0, message_id=1))
    async with storage.opened_to_read(database_url) as reading:
        assert await rows_of(reading, sa.select(schema.watermarks)) == [(0, 1)]
        if storage.is_embedded(database_url):
            with pytest.raises(OperationalError):
                await rows_of(reading, sa.insert(schema.watermarks).values(shard_id=1, message_id=1))


async def test_who_only_reads_makes_no_database(tmp_path: Path) -> None:
    """Nor brings one up to date."""
    with pytest.raises(storage.DatabaseError, match="can't be read"):
        async with storage.opened_to_read(f"sqlite:///{tmp_path}/none.db"):
            pass
    assert os.listdir(tmp_path) == []  # noqa: PTH208
    (tmp_path / "old.db").touch()
    with pytest.raises(storage.DatabaseError, match="not up to date"):
        async with storage.opened_to_read(f"sqlite:///{tmp_path}/old.db"):
            pass


async def test_a_path_of_any_signs_can_be_read(tmp_path: Path) -> None:
    """Those that mean something in an address, too."""
    url = f"sqlite:///{tmp_path}/a b#c%.db"
    await storage.migrate(url)
    async with storage.opened_to_read(url) as reading:
        assert await rows_of(reading, sa.select(schema.usage)) == []


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("postgresql://a@b/c", {"10", "20000"}),
        ("postgresql://a@b/c?tcp_user_timeout=5&keepalives_idle=7", {"7", "5"}),
    ],
)
def test_a_server_that_is_gone_without_a_word_is_noticed(url: str, found: set[str]) -> None:
    """By settings of PostgreSQL's library; whoever has set others has them."""
    noticed = storage.noticing(make_url(url))
    assert {noticed.query["keepalives_idle"], noticed.query["tcp_user_timeout"]} == found
    assert noticed.render_as_string().startswith("postgresql://a@b/c?")
