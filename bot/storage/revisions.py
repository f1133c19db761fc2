"""Which revision of the schema a database is of, and bringing it up to the newest one.

Alembic does that. It takes a second to load and some megabytes to keep, so it is imported only where there is something to do.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import alembic.config

_MIGRATIONS = "bot.storage.migrations"
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


class RevisionError(Exception):
    """A database is not of the newest revision, or can't be brought up to it. The text says why."""


def upgrade(connection: sa.Connection) -> None:
    """Bring a database up to date.

    Raises:
        RevisionError: it is of no revision that is known.
    """
    if _current(connection) == [newest()]:
        return
    import alembic.command  # noqa: PLC0415 - see above
    import alembic.util  # noqa: PLC0415

    try:
        alembic.command.upgrade(config_of(connection), "head")
    except alembic.util.CommandError as error:
        raise RevisionError(str(error)) from error


def check(connection: sa.Connection) -> None:
    """Look whether a database is up to date.

    Raises:
        RevisionError: it is not.
    """
    if _current(connection) != [newest()]:
        raise RevisionError("it is not up to date. Run: python -m bot migrate")


def config_of(connection: sa.Connection) -> alembic.config.Config:
    """What alembic's commands need to know to work on a database."""
    import alembic.config  # noqa: PLC0415

    config = alembic.config.Config()
    config.set_main_option("script_location", "bot.storage:migrations")
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The newest revision there is: the names of the migrations' files begin with theirs."""
    names = (each.name for each in (resources.files(_MIGRATIONS) / "versions").iterdir())
    return max(name.partition("_")[0] for name in names if name[:1].isdecimal())


def _current(connection: sa.Connection) -> Sequence[str]:
    """The revision of a database, or nothing where there are no tables yet."""
    if not sa.inspect(connection).has_table(_VERSION.name):
        return []
    return connection.execute(sa.select(_VERSION.c.version_num)).scalars().all()
