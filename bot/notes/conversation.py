"""Makes turns for the model of what people and the bot have written about a note. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot import prompts
from bot.models import Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from bot.models import Said

MOST_CHARACTERS = 12_000
"""Of all that was said before a question, the newest so many are told to the model."""
_REMARK = re.compile(r"^-# .*$", re.MULTILINE)
_NAME_CHARACTERS = 40
_CONTINUED = "\n    "


def turns(
    said: Sequence[Said], question_id: int, *, without: Collection[int] = ()
) -> tuple[str, tuple[Turn, ...]]:
    """The opening of a conversation about a recording, which the recording goes with, and the turns after it.

    Turns of the model and of people alternate: what people wrote before the model's first turn is part of the opening.

    Args:
        said: the messages, in the order in which they are to be read.
        question_id: the message to answer. What comes after it is left out.
        without: messages that are left out, too: a transcript that stands for the recording.
    """
    names = _names(said)
    until = next((index for index, message in enumerate(said) if message.id == question_id), len(said))
    told: list[Turn] = []
    left = MOST_CHARACTERS
    for message in reversed(said[: until + 1]):
        if message.id in without:
            continue
        text = _worded(message, names)
        if message.id != question_id:
            left -= len(text)
            if left < 0:
                break
        if text:
            told.insert(0, Turn(text=text, by_model=message.ours))
    merged: list[Turn] = []
    for turn in told:
        if merged and merged[-1].by_model == turn.by_model:
            merged[-1] = Turn(text=f"{merged[-1].text}\n{turn.text}", by_model=turn.by_model)
        else:
            merged.append(turn)
    opening = prompts.RECORDING
    if merged and not merged[0].by_model:
        opening = f"{opening}\n\n{merged.pop(0).text}"
    return opening, tuple(merged)


def _worded(message: Said, names: Mapping[int, str]) -> str:
    if message.ours:
        # Our own remarks are no part of what the model said.
        return _REMARK.sub("", message.text).strip()
    text = message.text.strip()
    if not text:
        return ""
    # A line that begins with a name is somebody's: nobody can put words into another's mouth by a line break.
    return f"{names[message.author_id]}: {_CONTINUED.join(text.splitlines())}"


def _names(said: Sequence[Said]) -> dict[int, str]:
    """What each person is called, so that no two are called the same."""
    names: dict[int, str] = {}
    for message in said:
        if message.ours or message.author_id in names:
            continue
        # Nor by a name with a line break or a colon in it.
        plain = " ".join(message.name.replace(":", " ").split())[:_NAME_CHARACTERS].strip() or "?"
        name, number = plain, 1
        while name in names.values():
            number += 1
            name = f"{plain} ({number})"
        names[message.author_id] = name
    return names
