"""Makes turns for the model of what people and the bot have written about a note. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot import prompts
from bot.models import Turn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.models import Said

MOST_CHARACTERS = 12_000
"""Of all that was said before a question, the newest so many are told to the model."""
_REMARK = re.compile(r"^-# .*$", re.MULTILINE)
_NAME_CHARACTERS = 40


def turns(
    said: Sequence[Said], question_id: int, *, without: Collection[int] = ()
) -> tuple[str, tuple[Turn, ...]]:
    """The opening of a conversation about a recording, which the recording goes with, and the turns after it.

    Turns of the model and of people alternate: what people wrote before the model's first turn is part of the opening.

    Args:
        said: the messages, oldest first.
        question_id: the message to answer. Later ones are left out.
        without: messages that are left out, too: a transcript that stands for the recording.
    """
    told: list[Turn] = []
    left = MOST_CHARACTERS
    for message in reversed(said):
        if message.id > question_id or message.id in without:
            continue
        text = _worded(message)
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


def _worded(message: Said) -> str:
    if message.ours:
        # Our own remarks are no part of what the model said.
        return _REMARK.sub("", message.text).strip()
    text = message.text.strip()
    return f"{_name(message)}: {text}" if text else ""


def _name(message: Said) -> str:
    # A name with a line break could pass for somebody else's message.
    return " ".join(message.name.split())[:_NAME_CHARACTERS] or "?"
