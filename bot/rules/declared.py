"""Every setting of a server, declared once. All else derives from it: storage, checks, `/settings`, `/status`, the docs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from bot import prompts
from bot.marking import marked as _
from bot.rules.kinds import (
    Asked,
    Channels,
    Choice,
    Kind,
    Language,
    Model,
    Number,
    Roles,
    Several,
    Switch,
    Unit,
)

T = TypeVar("T")


class Scope(Enum):
    """Where a setting can be set."""

    SERVER = "server"
    BOTH = "server or channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One thing that a server can decide."""

    name: str
    """In the database, in commands and in the docs: never changed."""
    label: str
    """What people call it."""
    help: str
    kind: Kind[T]
    default: T
    scope: Scope = Scope.BOTH
    variable: str | None = None
    """The operator's own variable for it, as the field of `Settings`; without one it is set by `SERVER_SETTINGS`."""
    ceiling: bool = False
    """Whether a number can only be set lower than the operator's."""


LISTENING = Setting(
    name="listening",
    label=_("Listening"),
    help=_(
        "Whether I answer recordings by myself when they are posted. Commands, menus and buttons work anyway."
    ),
    kind=Switch(),
    default=True,
)
HEARD = Setting(
    name="heard",
    label=_("What I listen to"),
    help=_("Which of the files that are posted I answer by myself."),
    kind=Choice(
        {
            "voice": _("voice messages alone"),
            "audio": _("voice messages and audio files"),
            "video": _("voice messages, audio files and videos"),
        }
    ),
    default="audio",
)
WEBHOOKS = Setting(
    name="webhooks",
    label=_("Webhooks"),
    help=_(
        "Whether I also listen to what webhooks post, such as PluralKit's, which posts people's notes under other names."
    ),
    kind=Switch(),
    default=False,
)
ALLOWED_CHANNELS = Setting(
    name="allowed-channels",
    label=_("Only in these channels"),
    help=_(
        "If any are named, I work in these channels and their threads and nowhere else, commands included."
    ),
    kind=Channels(),
    default=frozenset[int](),
    scope=Scope.SERVER,
)
BARRED_CHANNELS = Setting(
    name="barred-channels",
    label=_("Not in these channels"),
    help=_("In these channels and their threads I hear nothing, not even for commands."),
    kind=Channels(),
    default=frozenset[int](),
    scope=Scope.SERVER,
)
ALLOWED_ROLES = Setting(
    name="allowed-roles",
    label=_("Only for these roles"),
    help=_("If any are named, I work for members with one of these roles and for nobody else."),
    kind=Roles(),
    default=frozenset[int](),
)
BARRED_ROLES = Setting(
    name="barred-roles",
    label=_("Not for these roles"),
    help=_("For members with one of these roles I do nothing."),
    kind=Roles(),
    default=frozenset[int](),
)
PROMPT = Setting(
    name="prompt",
    label=_("Prompt"),
    help=_("What is asked of every voice note here, for example: Summarise this in three sentences."),
    kind=Asked(prompts.MOST_CHARACTERS),
    default=prompts.TRANSCRIBE,
    variable="prompt",
)
MODEL = Setting(
    name="model",
    label=_("Model"),
    help=_("Which of the models that are offered here hears the recordings."),
    kind=Model(),
    default="",
    variable="openroute_model",
)
LANGUAGE = Setting(
    name="language",
    label=_("Language of answers"),
    help=_(
        "In which language notes are answered; if none is set, that which is spoken, or as the prompt asks."
    ),
    kind=Language(),
    default=None,
)
ANSWERS = Setting(
    name="answers",
    label=_("Where answers go"),
    help=_(
        "Where the answer to a posted note appears, and whether it is only given when somebody asks for it."
    ),
    kind=Choice(
        {
            "thread": _("in a thread on the note"),
            "reply": _("in a reply below the note"),
            "button": _("nowhere, until somebody presses a button below the note"),
        }
    ),
    default="thread",
)
THREAD_NAMES = Setting(
    name="thread-names",
    label=_("Names of threads"),
    help=_("What the thread on a voice message is called."),
    kind=Choice(
        {
            "length": _("how long the note is"),
            "speaker": _("who speaks"),
            "words": _("the first words of the answer"),
        }
    ),
    default="length",
)
BUTTONS = Setting(
    name="buttons",
    label=_("Buttons"),
    help=_("Whether there are buttons under answers that everybody sees."),
    kind=Switch(),
    default=True,
)
QUESTIONS = Setting(
    name="questions",
    label=_("Questions"),
    help=_("Which messages in a thread on a note I answer as questions about it."),
    kind=Choice(
        {
            "mention": _("messages that mention me or reply to me"),
            "always": _("all messages in a note's thread that are no reply to a person"),
            "off": _("none"),
        }
    ),
    default="mention",
    variable="questions",
)
FLAGS = Setting(
    name="flags",
    label=_("Flags"),
    help=_("Whether a flag as a reaction to a note puts its translation into the thread."),
    kind=Switch(),
    default=True,
)
FOOTER = Setting(
    name="footer",
    label=_("Small print"),
    help=_("What stands in small print under the answer to a note."),
    kind=Several({"model": _("the model"), "seconds": _("the length"), "cost": _("the cost")}),
    default=(),
)
NOTICE = Setting(
    name="notice",
    label=_("Notice"),
    help=_("Whether the first answer in a channel says where recordings are sent."),
    kind=Switch(),
    default=True,
)
LONGEST_NOTE = Setting(
    name="longest-note",
    label=_("Longest note"),
    help=_("How long a recording may be, in minutes."),
    kind=Number(Unit.MINUTES, 0.1, 100_000),
    default=None,
    variable="max_minutes",
    ceiling=True,
)
PERSON_MINUTES = Setting(
    name="person-minutes",
    label=_("Minutes a person has a day"),
    help=_("How many minutes of recordings one person can have heard in this server a day."),
    kind=Number(Unit.MINUTES, 0, 1_000_000),
    default=None,
    variable="budget_person_day_minutes",
    scope=Scope.SERVER,
    ceiling=True,
)
SERVER_MINUTES = Setting(
    name="server-minutes",
    label=_("Minutes the server has a day"),
    help=_("How many minutes of recordings are heard in this server a day."),
    kind=Number(Unit.MINUTES, 0, 1_000_000),
    default=None,
    variable="budget_server_day_minutes",
    scope=Scope.SERVER,
    ceiling=True,
)
MONTH_COST = Setting(
    name="month-cost",
    label=_("Cost the server has a month"),
    help=_(
        "How much may be spent on this server's recordings in a month, in the credits of the speech service."
    ),
    kind=Number(Unit.CREDITS, 0, 1_000_000),
    default=None,
    variable="budget_server_month_cost",
    scope=Scope.SERVER,
    ceiling=True,
)

SETTINGS: tuple[Setting[Any], ...] = (
    LISTENING,
    HEARD,
    WEBHOOKS,
    ALLOWED_CHANNELS,
    BARRED_CHANNELS,
    ALLOWED_ROLES,
    BARRED_ROLES,
    PROMPT,
    MODEL,
    LANGUAGE,
    ANSWERS,
    THREAD_NAMES,
    BUTTONS,
    QUESTIONS,
    FLAGS,
    FOOTER,
    NOTICE,
    LONGEST_NOTE,
    PERSON_MINUTES,
    SERVER_MINUTES,
    MONTH_COST,
)
"""All of them, in the order in which people see them."""
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def named(name: str) -> Setting[Any] | None:
    """The setting of that name; None if there is none."""
    return _BY_NAME.get(name)
