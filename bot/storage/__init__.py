"""The database: what has to outlive the process, in an SQLite file or on a PostgreSQL server.

In go notes, answers and servers' settings as values; out come the same values, later and perhaps in another process.
A statement waits for a database that is away instead of failing; only opening it fails.
"""

from bot.storage.asked import AskedBefore
from bot.storage.backlog import Backlog
from bot.storage.consent import Consent
from bot.storage.database import (
    DatabaseError,
    DatabaseInUseError,
    is_embedded,
    migrate,
    noticing,
    opened,
    opened_to_read,
)
from bot.storage.deletions import Deletions
from bot.storage.finished import FinishedNotes
from bot.storage.guild_presets import GuildPresets
from bot.storage.guild_settings import WHOLE_SERVER, Change, GuildSettings
from bot.storage.guilds import Guilds
from bot.storage.ledger import Fence, Ledger
from bot.storage.told import NOTICE, Told
from bot.storage.transactions import Database
from bot.storage.usage import Reservation, Settlement, UsageRows
from bot.storage.usage_sums import By, UsageSums
from bot.storage.watermarks import Watermarks

__all__ = [
    "NOTICE",
    "WHOLE_SERVER",
    "AskedBefore",
    "Backlog",
    "By",
    "Change",
    "Consent",
    "Database",
    "DatabaseError",
    "DatabaseInUseError",
    "Deletions",
    "Fence",
    "FinishedNotes",
    "GuildPresets",
    "GuildSettings",
    "Guilds",
    "Ledger",
    "Reservation",
    "Settlement",
    "Told",
    "UsageRows",
    "UsageSums",
    "Watermarks",
    "is_embedded",
    "migrate",
    "noticing",
    "opened",
    "opened_to_read",
]
