"""Decides which prompt is in force, and holds what is said to the model. Pure."""

from __future__ import annotations

from bot.models import Prompt, PromptSource

TRANSCRIBE = "Please transcribe this audio file."
GO_ON = (
    "Your answer reached a limit of length. Go on exactly where it ends: write only what comes next, without repeating"
    " anything and without any remark."
)
MOST_CHARACTERS = 4000
"""The longest prompt, in characters: as much as a text field of a Discord modal takes."""


def clean(text: str | None) -> str | None:
    """`text` without white space around it; None if nothing is left, because an empty prompt counts as not set."""
    return (text.strip() or None) if text else None


def in_force(*, command: str | None, channel: str | None, server: str | None, default: str) -> Prompt:
    """The first of these prompts that is set: the command's, the channel's, the server's, the operator's default."""
    for source, text in (
        (PromptSource.COMMAND, command),
        (PromptSource.CHANNEL, channel),
        (PromptSource.SERVER, server),
    ):
        if words := clean(text):
            return Prompt(text=words, source=source)
    return Prompt(text=default, source=PromptSource.DEFAULT)


def wants_transcript(prompt: str) -> bool:
    """Whether a prompt asks for a transcript and nothing else. The transcripts of a long note's parts are then its answer."""
    return prompt.strip() == TRANSCRIBE


def of_part(number: int, count: int) -> str:
    """The prompt for the transcript of part `number` (from 1) of a long recording."""
    return (
        f"{TRANSCRIBE} It is part {number} of {count} of one recording: write down only what is said in it."
    )


def about(prompt: str, transcript: str) -> str:
    """The prompt that asks `prompt` about the transcript of a recording that was too long for one request."""
    return (
        f"{prompt}\n\nThe recording was too long to be heard at once, so it was transcribed in parts. Take this"
        f" transcript for the recording:\n\n{transcript}"
    )
