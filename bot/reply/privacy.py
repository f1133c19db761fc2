"""What /privacy says: what is sent where, who keeps it and how long, from the settings in force. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.reply.controls import Button
from bot.reply.layout import Reply
from bot.reply.press_ids import Action, Press

if TYPE_CHECKING:
    from bot.reply.catalogue import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What becomes of what people say, as the operator has set it."""

    hearer: str | None
    """The host that recordings are sent to; None if they are heard on the bot's own machine."""
    text_server: str | None = None
    """The host that transcripts are sent to, where another one does what prompts ask for."""
    keeps_nothing: bool = False
    """Whether only providers are used that keep nothing for training."""
    keep_days: float


def privacy(handling: Handling, *, opted_out: bool, words: Words) -> Reply:
    """The answer to /privacy, with buttons for what a person can decide."""
    if handling.hearer is None:
        where = words("Recordings are heard on the machine this bot runs on. They are sent nowhere else.")
    else:
        where = words(
            "Recordings are sent to {host}, where a model hears them. How long they are kept there is a matter of that"
            " service's own terms.",
            host=f"`{handling.hearer}`",
        )
    lines = [where]
    if handling.text_server is not None:
        lines.append(
            words(
                "What was heard is sent to {host} for summaries and the like.",
                host=f"`{handling.text_server}`",
            )
        )
    if handling.keeps_nothing:
        lines.append(words("Only providers are used that keep nothing for training."))
    lines += [
        words("I store no audio, and no answer for longer than it takes to post it."),
        words.plural(
            "For {count} day I keep which message was answered, where, for whom and at what cost. Discord keeps the answers.",
            "For {count} days I keep which message was answered, where, for whom and at what cost. Discord keeps the answers.",
            round(handling.keep_days),
        ),
        words(
            "If you opt out, recordings that you post are sent nowhere, whoever asks. Of a forwarded recording, Discord tells me"
            " who posted it first only where I can see that message."
        ),
        words("**You have opted out.**") if opted_out else words("**You have not opted out.**"),
    ]
    # NOTE: A button: this and the next three stand under the answer to /privacy.
    decide = (Action.OPT_IN, words("Opt in"), "👂") if opted_out else (Action.OPT_OUT, words("Opt out"), "🙉")
    buttons = (
        _button(*decide),
        _button(Action.DELETE, words("Delete my data"), "🗑️"),
        _button(Action.DELETE, words("Delete my data and the answers"), "🧹", rest="1"),
    )
    return Reply(("\n".join(lines),), buttons=buttons)


def deleted(rows: int, answers: int, words: Words) -> Reply:
    """To who had their data deleted."""
    lines = [words.plural("{count} row about you is deleted.", "{count} rows about you are deleted.", rows)]
    if answers:
        lines.append(
            words.plural(
                "{count} answer to your recordings is being taken back.",
                "{count} answers to your recordings are being taken back.",
                answers,
            )
        )
    return Reply(("\n".join(lines),))


def _button(action: Action, label: str, emoji: str, rest: str = "") -> Button:
    return Button(custom_id=Press(action=action, rest=rest).custom_id, label=label, emoji=emoji)
