"""The line under the first answer in a channel that says where recordings go. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.reply.catalogue import Words
    from bot.reply.privacy import Handling


def notice(handling: Handling, words: Words) -> str:
    """Where recordings go, by the settings in force, and where there is more about it: one line."""
    privacy = "`/privacy`"
    if handling.hearer is not None:
        return words(
            "Recordings are sent to {host}, where a model hears them. {privacy} tells more, and lets you opt out.",
            host=f"`{handling.hearer}`",
            privacy=privacy,
        )
    if handling.text_server is not None:
        return words(
            "Recordings are heard on the machine this bot runs on; for summaries and the like, what was heard is sent to"
            " {host}. {privacy} tells more, and lets you opt out.",
            host=f"`{handling.text_server}`",
            privacy=privacy,
        )
    return words(
        "Recordings are heard on the machine this bot runs on, and sent nowhere else. {privacy} tells more, and lets you opt out.",
        privacy=privacy,
    )
