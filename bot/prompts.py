"""Which prompt is in force."""

from __future__ import annotations

from bot.models import Prompt, PromptSource

MOST_CHARACTERS = 4000
"""Longest prompt taken; as long as a Discord modal's text field can be."""


def in_force(*, command: str | None, channel: str | None, server: str | None, default: str) -> Prompt:
    """The strongest prompt there is: the command's own, the channel's, the server's, the default.

    A text of nothing but white space counts as not set.
    """
    for source, text in (
        (PromptSource.COMMAND, command),
        (PromptSource.CHANNEL, channel),
        (PromptSource.SERVER, server),
    ):
        if text and text.strip():
            return Prompt(text=text.strip(), source=source)
    return Prompt(text=default, source=PromptSource.DEFAULT)
