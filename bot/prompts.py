"""Which prompt is in force."""

from __future__ import annotations

from bot.models import Prompt, PromptSource

MOST_CHARACTERS = 4000
"""Longest prompt taken; as long as a Discord modal's text field can be."""


def clean(text: str | None) -> str | None:
    """`text` without white space around it, or None: a text of nothing else counts as not set."""
    return (text.strip() or None) if text else None


def in_force(*, command: str | None, channel: str | None, server: str | None, default: str) -> Prompt:
    """The strongest prompt there is: the command's own, the channel's, the server's, the default."""
    for source, text in (
        (PromptSource.COMMAND, command),
        (PromptSource.CHANNEL, channel),
        (PromptSource.SERVER, server),
    ):
        if words := clean(text):
            return Prompt(text=words, source=source)
    return Prompt(text=default, source=PromptSource.DEFAULT)
