"""What the bot says when it comes to a server. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reply.guide import command
from bot.reply.status import lacking, listening

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.facts import Listening
    from bot.reply.catalogue import Words


def introduction(
    state: Listening, missing: Sequence[str], command_ids: Mapping[str, int], words: Words
) -> str:
    """Three lines: what it does, how that is changed, and what it lacks.

    Args:
        state: what becomes of a note in the channel where this is said.
        missing: the permissions it lacks there, as Discord names them.
        command_ids: by the names of the commands, as far as Discord has told them.
        words: the server's language.
    """
    hello = words("**Hello! I write down what is said in voice notes.**")
    return "\n".join(
        (
            f"{hello} {listening(state, words)}",
            words(
                "{settings} changes how I work in this server; {privacy} tells where recordings go; {help} shows what else I do.",
                settings=command(command_ids, "settings"),
                privacy=command(command_ids, "privacy"),
                help=command(command_ids, "help"),
            ),
            lacking(missing, words)
            if missing
            else words("I have all the permissions I need in this channel."),
        )
    )
