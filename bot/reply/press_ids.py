"""The custom ids of buttons, selects and forms. They say everything: whoever gets one back needs no memory of it. Pure.

`e:<action>:<note>:<rest>`, where a note is three numbers to the base 36.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.asks import base36
from bot.models import NoteKey

_OURS = "e:"
PATTERN = _OURS + r"(?P<action>[a-z]):(?P<note>[0-9a-z.]*):(?P<rest>.*)"
"""What all of them look like."""
_NUMBERS = 3
_MOST = 2**63 - 1
"""The largest id that Discord gives and the database takes."""


class Action(StrEnum):
    """What is wanted."""

    PRESET = "p"
    """A preset; `rest` is its name, a colon and a language, which may be empty."""
    ASK = "a"
    """The form for a question."""
    QUESTION = "q"
    """That form, filled in."""
    MORE = "m"
    """The select with all else there is."""
    CHOICE = "s"
    """That select; `rest` is the id of the message under which it was asked for."""
    HEAR = "w"
    """The answer that was only offered."""
    AGAIN = "r"
    """Another try; `rest` is the key of what was asked."""
    SHARE = "h"
    """A private answer is to be seen by all; `rest` tells whether all of it stands in the one message."""
    OPT_OUT = "n"
    """Who presses does not want to be heard any more."""
    OPT_IN = "y"
    """Who presses wants to be heard again."""
    DELETE = "d"
    """What is stored of who presses is to be deleted; `rest` tells whether the answers to their recordings are, too."""
    KEEP_PRESET = "k"
    """The form for a server's own preset, filled in; `rest` is the name of the one to change, or empty for a new one."""
    SETTINGS = "g"
    """A server's settings; `rest` is a step of their panel."""
    SUMMARISE = "z"
    """What a recap lists is to be summed up; `rest` tells of what channel and since when."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A custom id, read."""

    action: Action
    note: NoteKey | None = None
    """Which recording it is about, where it is about one."""
    rest: str = ""

    @property
    def custom_id(self) -> str:
        """As it is written: at most a hundred characters."""
        note = self.note
        numbers = (
            ".".join(map(base36, (note.channel_id, note.message_id, note.attachment_id))) if note else ""
        )
        return f"e:{self.action.value}:{numbers}:{self.rest}"


def is_ours(custom_id: str) -> bool:
    """Whether a custom id is one that this bot gives, in whatever version."""
    return custom_id.startswith(_OURS)


def read(custom_id: str) -> Press | None:
    """What a custom id says; None for what is none of ours, or of a version that wrote others."""
    found = re.fullmatch(PATTERN, custom_id, re.DOTALL)
    if found is None or found["action"] not in {action.value for action in Action}:
        return None
    note = None
    if found["note"]:
        numbers = found["note"].split(".")
        if len(numbers) != _NUMBERS or not all(numbers):
            return None
        channel, message, attachment = (int(number, 36) for number in numbers)
        if max(channel, message, attachment) > _MOST:
            return None
        note = NoteKey(channel_id=channel, message_id=message, attachment_id=attachment)
    return Press(action=Action(found["action"]), note=note, rest=found["rest"])
