"""What commands answer, other than what was heard: so far, /prompt. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.marking import marked as _
from bot.models import PromptSource
from bot.reply import pages

if TYPE_CHECKING:
    from bot.models import Prompt
    from bot.reply.catalogue import Words

PROMPT_BLANK = _("A prompt needs some words; nothing was changed.")

_ROOM_FOR_A_HEADING = 300
_ROOM_FOR_A_CHANGE = 900
"""In UTF-16 units: the heading, and in one line what was there before and what is there now."""


def prompt_shown(prompt: Prompt, channel_id: int | None, words: Words) -> str:
    """The answer to /prompt show, asked about another channel than that in which it was asked or about none."""
    channel = f"<#{channel_id}>"
    match prompt.source, channel_id:
        case PromptSource.CHANNEL, None:
            origin = words("The channel's own prompt is in force here:")
        case PromptSource.CHANNEL, _:
            origin = words("The channel's own prompt is in force in {channel}:", channel=channel)
        case PromptSource.SERVER, None:
            origin = words("The prompt of this server is in force here:")
        case PromptSource.SERVER, _:
            origin = words("The prompt of this server is in force in {channel}:", channel=channel)
        case PromptSource.DEFAULT | PromptSource.COMMAND, None:
            origin = words("Nothing is set here, so the bot's own prompt is in force:")
        case PromptSource.DEFAULT | PromptSource.COMMAND, _:
            origin = words(
                "Nothing is set in {channel}, so the bot's own prompt is in force:", channel=channel
            )
    return f"{origin}\n{_quoted(prompt.text, _ROOM_FOR_A_HEADING)}"


def prompt_set(text: str, channel_id: int | None, words: Words, *, has_threads: bool = False) -> str:
    """The answer to /prompt set."""
    channel = f"<#{channel_id}>"
    if channel_id is None:
        told = words("From now on, every voice note in this server is answered with this prompt:")
    elif has_threads:
        told = words(
            "From now on, every voice note in {channel} and its threads is answered with this prompt:",
            channel=channel,
        )
    else:
        told = words(
            "From now on, every voice note in {channel} is answered with this prompt:", channel=channel
        )
    return f"{told}\n{_quoted(text.strip(), _ROOM_FOR_A_CHANGE)}"


def prompt_reset(channel_id: int | None, words: Words, *, was_set: bool, is_thread: bool = False) -> str:
    """The answer to /prompt reset."""
    channel = f"<#{channel_id}>"
    if channel_id is None:
        if not was_set:
            return words("No prompt was set for this server, so nothing changes.")
        return words("The prompt of this server is gone; the bot's own prompt is in force again.")
    if not was_set:
        return words("No prompt was set for {channel}, so nothing changes.", channel=channel)
    if is_thread:
        return words(
            "The prompt of {channel} is gone; that of its channel, or else the server's prompt or the bot's own,"
            " is in force again.",
            channel=channel,
        )
    return words(
        "The prompt of {channel} is gone; the server's prompt, or else the bot's own, is in force again.",
        channel=channel,
    )


def _quoted(text: str, room: int) -> str:
    """A prompt as a block quote, cut to what fits a message in which so many UTF-16 units stand besides."""
    most = pages.PAGE_CHARACTERS - room
    quoted = "\n".join(f"> {pages.plain(line)}" for line in text.split("\n"))
    return quoted if pages.units(quoted) <= most else quoted[: pages.index_at(quoted, most - 1)] + "…"
