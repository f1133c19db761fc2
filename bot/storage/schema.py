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

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
"""Counts rows. SQLite counts by itself only in a column of this very type."""

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
    # What was heard of a long note (`models.HeardPart`, several), until its answer is complete.
    sa.Column("parts", sa.Text),
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

answers_to_delete = sa.Table(
    "answers_to_delete",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True),
    # The note's; the answer may stand in a thread instead.
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    # Where it stands (`models.Posted`).
    sa.Column("posted", sa.JSON, nullable=False),
    # Whether only this answer goes, and others in its thread stay.
    sa.Column("alone", sa.Boolean, nullable=False),
    # Seconds since 1970: when it was decided, and when it is tried again.
    sa.Column("decided_at", sa.Float, nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    # Otherwise SQLite gives the number of the newest row, once that is gone, to the next one: who deletes an answer that
    # another process has deleted already would strike off that.
    sqlite_autoincrement=True,
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

setting_changes = sa.Table(
    "setting_changes",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    # As in `server_settings`: 0 is the whole server.
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.String(40), nullable=False),
    # NULL where nothing was set.
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    # NULL once the person has had their data deleted.
    sa.Column("changed_by", sa.BigInteger),
    sa.Column("changed_at", sa.Float, nullable=False),
)

guild_presets = sa.Table(
    "guild_presets",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("name", sa.String(40), nullable=False),
    sa.Column("emoji", sa.String(80)),
    sa.Column("prompt", sa.Text, nullable=False),
    # Counts the changes: what was asked with another prompt was something else.
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("guild_id", "name"),
    # What is left of one that was removed, such as its buttons, must not mean the next one.
    sqlite_autoincrement=True,
)

told = sa.Table(
    "told",
    metadata,
    # What people are told once: that a channel's recordings are sent away, that a day's minutes are used up.
    sa.Column("what", sa.String(80), primary_key=True),
    # Whose it is, where it goes with a server. NULL in direct messages, and for what is over in a month at the latest.
    sa.Column("guild_id", sa.BigInteger),
    # The note under which it was told, so that another try at that note tells it again; 0 and empty for a whole message.
    sa.Column("message_id", sa.BigInteger, nullable=False),
    sa.Column("attachment_id", sa.BigInteger, nullable=False),
    sa.Column("ask", sa.String(40), nullable=False),
    sa.Column("told_at", sa.Float, nullable=False),
)

guilds = sa.Table(
    "guilds",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # When the bot introduced itself there, and when it was found to have left. Seconds since 1970.
    sa.Column("introduced_at", sa.Float),
    sa.Column("left_at", sa.Float),
)

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("id", _NUMBER, primary_key=True),
    # When it was reserved, which decides to what day it counts. Seconds since 1970.
    sa.Column("reserved_at", sa.Float, nullable=False, index=True),
    # `reserved`, until it is known what it came to, or until nobody holds it any more; then `settled`.
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("held_until", sa.Float, nullable=False),
    # NULL in direct messages.
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    # Whose voice it is, and who wanted the answer; NULL once that is too long ago, or deleted.
    sa.Column("speaker_id", sa.BigInteger),
    sa.Column("asked_by", sa.BigInteger),
    # What was asked of which recording; likewise.
    sa.Column("message_id", sa.BigInteger, index=True),
    sa.Column("attachment_id", sa.BigInteger),
    sa.Column("ask", sa.String(40)),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("tokens", sa.BigInteger),
    # In the endpoint's credits: an estimate until it is settled. NULL where the endpoint does not tell.
    sa.Column("cost", sa.Float),
    sa.Column("model", sa.String(200)),
    sa.Index("ix_usage_guild_id", "guild_id", "reserved_at"),
    sa.Index("ix_usage_asked_by", "asked_by", "reserved_at"),
)

RESERVED, SETTLED = "reserved", "settled"
"""The values of `usage.state`."""

UNFINISHED = (State.RECEIVED.value, State.ANSWERED.value)
"""The values of `notes.state` for notes that somebody has to work on."""
IS_UNFINISHED = sa.or_(*(notes.c.state == state for state in UNFINISHED))
"""The same as a condition. An IN would be written anew each time: databases take no lists."""
