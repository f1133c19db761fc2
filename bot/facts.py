"""What holds in one place, and where each part of it was set: the rows of /status. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.models import ChannelKind

SPOKEN = "spoken"


class Listening(StrEnum):
    """What becomes of a note that somebody posts in a place, and why."""

    IN_THREADS = auto()
    """It is answered in a thread on it."""
    IN_PLACE = auto()
    """It is answered where it stands: Discord has no threads there, or it is in one."""
    BESIDE = auto()
    """It is answered where it stands, because the bot may not open threads, or not write in them."""
    ON_REQUEST = auto()
    """A button is put below it, and it is answered when somebody presses that: the server has decided so."""
    OFF = auto()
    """Nothing: the server has decided so."""
    BARRED = auto()
    """Nothing, not even for commands: the server has decided so."""
    IN_PRIVATE = auto()
    """Its author gets the answer as a direct message, because the bot may not write there."""
    MENTIONS = auto()
    """It is answered if its message mentions the bot: without the message content intent, others come without files."""
    NO_ACCESS = auto()
    """Nothing: the bot may not view the channel."""
    NO_MEMBER = auto()
    """Nothing: the bot is no member of the server; the person has installed it for themselves."""
    NO_PART = auto()
    """Nothing: it is a private conversation that the bot is no part of."""

    @property
    def hears(self) -> bool:
        """Whether the bot sees anything of what is posted."""
        return self not in {
            Listening.OFF,
            Listening.BARRED,
            Listening.NO_ACCESS,
            Listening.NO_MEMBER,
            Listening.NO_PART,
        }


class Source(StrEnum):
    """Who set something. One listed earlier wins over one listed later."""

    COMMAND = auto()
    PERSON = auto()
    """The person who asks, in their own Discord."""
    THREAD = auto()
    CHANNEL = auto()
    SERVER = auto()
    OPERATOR = auto()
    """An environment variable, or an option of the command line, is set."""
    DEFAULT = auto()


class Item(StrEnum):
    """What a row is about; the comment says what its value is."""

    PROMPT = auto()
    """The text."""
    MODEL = auto()
    """Its name."""
    FALLBACK_MODELS = auto()
    """Their names."""
    TEXT_MODEL = auto()
    """The name of the model that does what the one that hears can't do."""
    SENTENCES = auto()
    """The tag of the language of the bot's own sentences that all can read."""
    ANSWERS = auto()
    """The language of the answer to a note: `SPOKEN`, or as the prompt asks."""
    FORMATS = auto()
    """The names of the formats that are sent as they are."""
    LONGEST_NOTE = auto()
    """Seconds."""
    LARGEST_FILE = auto()
    """Bytes."""
    QUESTIONS = auto()
    """`mention`, `always` or `off`."""
    PRESETS = auto()
    """The names of those that are offered; of a server's own, what it calls them."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what, its value, and who set it."""

    name: Item | str
    """An item, or the name of a setting of servers (`bot.rules`); then the value is as it is stored."""
    value: str | float | tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody asks."""

    channel_kind: ChannelKind
    locale: str
    """Discord's tag of the language of what all can read there."""
    member: bool
    """Whether the bot is in the server, or takes part in the conversation."""
    content: bool
    """Whether Discord shows it what is in messages."""
    granted: frozenset[str]
    """The permissions the bot has there, as Discord names them."""
    channel_ids: tuple[int, ...] = ()
    """The channel; in a thread, the thread and then its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that /status tells."""

    place: Place
    listening: Listening
    missing: tuple[str, ...]
    """The permissions the bot lacks there and has a use for, as Discord names them."""
    rows: tuple[Row, ...]
