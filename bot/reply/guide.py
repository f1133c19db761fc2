"""What /help says, on one screen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reply import languages
from bot.reply.catalogue import LOCALES
from bot.reply.status import listening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.facts import Listening
    from bot.reply.catalogue import Words


def guide(
    state: Listening,
    command_ids: Mapping[str, int],
    words: Words,
    *,
    offered: bool,
    questions: bool,
    manages: bool,
) -> str:
    """The answer to /help: fewer than 1800 characters.

    Args:
        state: what becomes of a note where it is asked.
        command_ids: by the names of the commands, as far as Discord has told them.
        words: the person's language.
        offered: whether the model can do more than transcribe.
        questions: whether messages are answered as questions.
        manages: whether the person may set the prompts of a server.
    """

    def called(*names: str) -> str:
        return command(command_ids, *names)

    lines = [words("**I write down what is said in voice notes.**"), listening(state, words)]
    if offered:
        # NOTE: "Apps" is the entry in the menu of a message; the next four are in it.
        lines.append(
            words(
                "On a message: *Apps → {transcribe}*, *{summarise}*, *{translate}* or *{ask}* answers you alone.",
                transcribe=words("Transcribe"),
                summarise=words("Summarise"),
                translate=words("Translate"),
                ask=words("Ask about this…"),
            )
        )
        lines.append(
            words(
                "{transcribe} and {ask} hear a file that you give them.",
                transcribe=called("transcribe"),
                ask=called("ask"),
            )
        )
    else:
        lines.append(
            words(
                "On a message: *Apps → {transcribe}* answers you alone.",
                transcribe=words("Transcribe"),
            )
        )
        lines.append(words("{transcribe} hears a file that you give it.", transcribe=called("transcribe")))
    if state.hears:
        lines.append(words("{recap} lists the notes you have missed.", recap=called("recap")))
    if offered:
        lines.append(
            words(
                "The buttons under an answer ask for more: a summary, to-dos, another language, your own question."
            )
        )
        if questions and state.hears:
            lines.append(
                words(
                    "Reply to an answer, or mention me in its thread, to ask something about the recording."
                )
            )
        if state.hears:
            lines.append(
                words("React to a note with a flag, such as {flag}, to have it translated.", flag="🇯🇵")
            )
    lines.append(words("{status} tells what happens to a note here, and why.", status=called("status")))
    if manages:
        lines.append(
            words(
                "{prompt} sets what is asked of every note in this server or a channel.",
                prompt=called("prompt", "set"),
            )
        )
    head, *ways = lines[1:]
    spoken = ", ".join(languages.name(languages.normal(tag), tag) for tag in LOCALES)
    said = words("I speak {languages}; the recordings may be in any language.", languages=spoken)
    return "\n".join((lines[0], head, *(f"- {way}" for way in ways), said))


def command(command_ids: Mapping[str, int], *names: str) -> str:
    """A command as people can press it; as mere text where Discord has not told its id.

    Args:
        command_ids: by the names of commands and groups.
        names: the command's, after that of its group if it is in one.
    """
    number, name = command_ids.get(names[0]), " ".join(names)
    return f"`/{name}`" if number is None else f"</{name}:{number}>"
