"""What commands answer, other than what was heard: so far, /prompt. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.models import PromptSource
from bot.reply import pages

if TYPE_CHECKING:
    from bot.models import Prompt

PROMPT_BLANK = "A prompt needs some words; nothing was changed."


def prompt_shown(prompt: Prompt, channel_id: int | None = None) -> str:
    """The answer to /prompt show, asked about another channel than that in which it was asked or about none."""
    where = "here" if channel_id is None else f"in <#{channel_id}>"
    match prompt.source:
        case PromptSource.CHANNEL:
            origin = f"The channel's own prompt is in force {where}"
        case PromptSource.SERVER:
            origin = f"The prompt of this server is in force {where}"
        case PromptSource.DEFAULT | PromptSource.COMMAND:
            origin = f"Nothing is set {where}, so the bot's own prompt is in force"
    return f"{origin}:\n{_quoted(prompt.text)}"


def prompt_set(text: str, channel_id: int | None, *, has_threads: bool = False) -> str:
    """The answer to /prompt set."""
    where = "this server" if channel_id is None else f"<#{channel_id}>"
    if has_threads:
        where += " and its threads"
    return f"From now on, every voice note in {where} is answered with this prompt:\n{_quoted(text.strip())}"


def prompt_reset(channel_id: int | None, *, was_set: bool, is_thread: bool = False) -> str:
    """The answer to /prompt reset."""
    where = "this server" if channel_id is None else f"<#{channel_id}>"
    if not was_set:
        return f"No prompt was set for {where}, so nothing changes."
    if channel_id is None:
        next_one = "the bot's own prompt"
    elif is_thread:
        next_one = "that of its channel, or else the server's prompt or the bot's own,"
    else:
        next_one = "the server's prompt, or else the bot's own,"
    return f"The prompt of {where} is gone; {next_one} is in force again."


def _quoted(text: str) -> str:
    """A prompt as a block quote, cut to what fits a message."""
    most = pages.PAGE_CHARACTERS - 300
    quoted = "\n".join(f"> {pages.plain(line)}" for line in text.split("\n"))
    return quoted if pages.units(quoted) <= most else quoted[: pages.index_at(quoted, most - 1)] + "…"
