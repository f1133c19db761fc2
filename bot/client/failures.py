"""Tells people that what they asked for failed."""

from __future__ import annotations

import discord
import structlog

from bot import errors, reply
from bot.client.posting.interactions import answer_at_once
from bot.client.posting.refusals import FAILED

log = structlog.get_logger("earshot.discord")

_UNKNOWN_INTERACTION = 10062


def cause_of(error: discord.app_commands.AppCommandError) -> Exception:
    """What is behind an error that discord.py tells of a command."""
    if isinstance(error, discord.app_commands.CommandInvokeError):
        return error.original
    # What an option could not make of the words that were typed.
    return error.__cause__ if isinstance(error.__cause__, errors.EarshotError) else error


async def tell_failure(
    interaction: discord.Interaction, cause: Exception, command: str | None, *, ending: bool
) -> None:
    """Tell a person that what they asked for failed, if they do not know it yet.

    Args:
        interaction: the command or press, acknowledged or not.
        cause: why it failed.
        command: what it is called in the log.
        ending: whether this run ends, when things are expected to fail.
    """
    if isinstance(cause, discord.NotFound) and cause.code == _UNKNOWN_INTERACTION:
        log.warning("a command came too late to be answered", command=command)
        return
    if isinstance(cause, errors.EarshotError):
        # What a person can act on is no fault of ours.
        write = log.info if isinstance(cause, errors.Refused) else log.error
        write("command failed", command=command, error=f"{cause.kind}: {cause}")
        if isinstance(cause, errors.DiscordAway | errors.CommandExpired | errors.AnswerRefused):
            return  # It was tried to tell them, by all ways there are.
    elif ending:
        log.info("a command was cut short by the end of this run", command=command)
        return
    else:
        log.error("command failed", command=command, exc_info=cause)
    words = reply.words_for(interaction.locale.value)
    try:
        await answer_at_once(interaction, reply.sentence(cause, words))
    except (errors.EarshotError, *FAILED) as failure:
        log.warning("nobody could be told", command=command, error=type(failure).__name__)
