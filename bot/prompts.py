"""Which prompt is in force, and how requests are worded."""

from __future__ import annotations

from bot.models import Prompt, PromptSource

TRANSCRIBE = "Please transcribe this audio file."
GO_ON = (
    "Your answer reached a limit of length. Go on exactly where it ends: write only what comes next, without repeating"
    " anything and without any remark."
)
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


def wants_transcript(prompt: str) -> bool:
    """Whether a prompt asks for what was said and nothing else, so that the transcripts of parts are its answer."""
    return prompt.strip() == TRANSCRIBE


def of_part(number: int, count: int) -> str:
    """Asks for the transcript of one part of a long recording, counted from 1."""
    return (
        f"{TRANSCRIBE} It is part {number} of {count} of one recording: write down only what is said in it."
    )


def about(prompt: str, transcript: str) -> str:
    """Puts a prompt to the transcript of a recording too long to be heard at once."""
    return (
        f"{prompt}\n\nThe recording was too long to be heard at once, so it was transcribed in parts. Take this"
        f" transcript for the recording:\n\n{transcript}"
    )
