"""The tables. Migrations bring a database to this shape; a test compares the two."""

from __future__ import annotations

import sqlalchemy as sa

from bot.models import State

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

server_settings = sa.Table(
    "server_settings",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # 0 means the whole server, because NULL cannot be part of a primary key.
    sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

notes = sa.Table(
    "notes",
    metadata,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("attachment_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # What is asked about the attachment (`bot.asks`): more can be asked about one file, each thing once.
    sa.Column("ask", sa.String(40), primary_key=True),
    # Whose share of the work it counts to: the server's or, in direct messages, the author's.
    sa.Column("home_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    # Whose voice it is, and who asked. NULL in rows that were written before there were these columns.
    sa.Column("author_id", sa.BigInteger, index=True),
    sa.Column("asked_by", sa.BigInteger),
    # The message that asks, where one does.
    sa.Column("question_id", sa.BigInteger, index=True),
    sa.Column("state", sa.String(20), nullable=False, index=True),
    # How many times in a row the process has ended while it decoded this note.
    sa.Column("decode_crashes", sa.Integer, nullable=False, server_default="0"),
    # The number of the newest claim. Changes are taken from its holder alone (a "fencing token"): a worker that was
    # taken for dead may still be alive.
    sa.Column("claim", sa.Integer, nullable=False, server_default="0"),
    # When it should be dispatched again if it is still unfinished then. Seconds since 1970.
    sa.Column("due_at", sa.Float, nullable=False, server_default="0"),
    # Whether it came in a direct message. Discord does not list those channels to bots: they are found by this.
    sa.Column("direct", sa.Boolean, nullable=False, server_default=sa.false()),
    # The note itself (`models.VoiceNote`); emptied when it is finished, unless it failed and may be tried again.
    sa.Column("note", sa.JSON, nullable=False),
    # The model's answer (`models.Answer`), from the moment it is complete to the moment it is posted.
    sa.Column("answer", sa.Text),
    # Where the answer was posted (`models.Posted`), so that it can be edited, and deleted with the note.
    sa.Column("posted", sa.JSON(none_as_null=True)),
    # Whether that answer is a complete transcript, which can stand for the recording.
    sa.Column("transcript", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("seconds", sa.Float),
    sa.Column("tokens", sa.Integer),
    sa.Column("cost", sa.Float),
    # Seconds since 1970, UTC.
    sa.Column("received_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
    # When it was last seen that the message with the note is still there, for notes whose answer is posted.
    sa.Column("checked_at", sa.Float),
)

watermarks = sa.Table(
    "watermarks",
    metadata,
    sa.Column("shard_id", sa.Integer, primary_key=True, autoincrement=False),
    # All messages up to this one were seen.
    sa.Column("message_id", sa.BigInteger, nullable=False),
)

opted_out = sa.Table(
    "opted_out",
    metadata,
    # People whose voice is sent nowhere, whoever asks.
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("opted_out_at", sa.Float, nullable=False),
)

UNFINISHED = (State.RECEIVED.value, State.ANSWERED.value)
"""The values of `notes.state` for notes that somebody has to work on."""
