"""What is said about an answer beside the answer itself: how it ended, what is missing, why it takes so long. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors, rules
from bot.marking import marked as _
from bot.models import Ending, Unheard
from bot.reply.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Answer
    from bot.reply.catalogue import Words

GAP = "[…]"
"""Stands in a transcript where something of the recording is missing."""

# Said by several: whoever says them has them translated.
VOICE_NOTE = _("Voice note")
RESTARTING = _("I'm being restarted and couldn't finish this. Please ask again in a minute.")
# NOTE: "-# " makes small print of a line. It has to stay at the beginning.
ALL_IN_FILE = _("-# The answer is too long for messages: all of it is in the file.")
# NOTE: “Attach Files” is a permission: take the word that Discord has for it in this language.
REST_LACKS_PERMISSION = _(
    "-# The rest is too long for messages, and I lack the permission “Attach Files” to post it as a file."
)
REST_REFUSED = _("-# The rest is too long for messages, and Discord didn't take it as a file.")
ONLY_AS_FILE = _("-# Discord didn't let me post this answer as a message, so it is in the file.")
# NOTE: Stands in a text in place of an address.
LINK_REMOVED = _("[link]")
LINKS_REMOVED = _("-# Discord didn't let me post this with its links, so they are left out.")
# NOTE: The answer follows, in a direct message to the person.
REFUSED_THERE = _("-# Discord didn't let me post my answer there, so it comes here:")
SENT_PRIVATELY = _("Discord didn't let me post my answer here, so I've sent it to you as a direct message.")
SENT_TO_AUTHOR = _(
    "Discord didn't let me post my answer here, so I've sent it to whoever posted the recording."
)

LATE = _("-# Your command took longer than Discord waits for an answer, so the answer comes here:")
NO_MORE_ROOM = _(
    "-# Discord takes no more messages below your command, so the rest of the answer comes here:"
)


def progress(done: int, count: int, words: Words) -> str:
    """What is shown while a long recording is heard and there is nothing of the answer yet."""
    return words.plural(
        "-# I'm listening: {done} of {count} part heard so far.",
        "-# I'm listening: {done} of {count} parts heard so far.",
        count,
        done=words.number(done),
    )


def waiting(error: Exception, words: Words) -> str:
    """What is shown for as long as a note waits for a server that is away."""
    if isinstance(error, errors.DownloadFailed):
        return words(
            "Discord's file server is busy or unreachable right now. I keep trying: the answer will appear here."
        )
    if isinstance(error, errors.DiskFailed):
        return words(
            "I have no room to store this file at the moment. I keep trying: the answer will appear here."
        )
    return words(
        "The speech service is busy or unreachable right now. I keep trying: the answer will appear here."
    )


def what_is_missing(answer: Answer, words: Words) -> tuple[str, ...]:
    """What a person should know about an answer that is not all there is, or not from whom it should be, a sentence each."""
    told = (
        _how_it_ended(answer.ending, words),
        _how_much_was_heard(answer, words),
        _who_answered(answer, words),
    )
    return tuple(sentence for sentence in told if sentence)


def small_print(
    answer: Answer, seconds: float | None, wanted: Sequence[str], words: Words
) -> tuple[str, ...]:
    """What a server wants told under each answer, in one line; nothing where nothing of it is known.

    Args:
        answer: what the model said.
        seconds: how long the recording is, if that is known.
        wanted: `model`, `seconds`, `cost`.
        words: the language.
    """
    cost = answer.usage.cost if answer.usage else None
    told = {
        "model": f"`{answer.model.replace('`', '')}`" if answer.model else "",
        "seconds": words.duration(seconds) if seconds else "",
        "cost": quantity(cost, rules.Unit.CREDITS, words) if cost is not None else "",
    }
    line = " · ".join(told[each] for each in wanted if told.get(each))
    return (line,) if line else ()


def _who_answered(answer: Answer, words: Words) -> str | None:
    if answer.instead_of is None:
        return None
    return words(
        "{model} answered, because {gone} is no longer there.", model=answer.model, gone=answer.instead_of
    )


def _how_much_was_heard(answer: Answer, words: Words) -> str | None:
    if answer.only_first is None:
        return None
    duration = words.duration(answer.only_first)
    match answer.rest:
        case Unheard.UNREADABLE:
            return words(
                "The file is damaged or incomplete: only the first {duration} could be heard.",
                duration=duration,
            )
        case Unheard.TOO_LONG:
            return words(
                "The recording is longer than I may hear: only the first {duration} were heard.",
                duration=duration,
            )
        case Unheard.OVER_BUDGET:
            return words(
                "What I may hear for now is used up: only the first {duration} were heard.", duration=duration
            )
        case Unheard.SILENT:
            return words(
                "The recording seems to go on in silence: only the first {duration} were heard.",
                duration=duration,
            )
        case Unheard.UNDECODED:
            return words(
                "I couldn't decode the whole file within my limits: only the first {duration} were heard.",
                duration=duration,
            )


def _how_it_ended(ending: Ending, words: Words) -> str | None:
    match ending:
        case Ending.COMPLETE:
            return None
        case Ending.CUT:
            return words("The answer was cut short here: the model reached a limit of length or time.")
        case Ending.FILTERED:
            return words("A content filter stopped the model here; the rest of the answer is missing.")
        case Ending.REPETITION:
            return words(
                "The model began to repeat itself here, so I stopped it and left the repetitions out."
            )
        case Ending.GAPS:
            # NOTE: {gap} is the sign […].
            return words(
                "A filter or a limit kept parts of the recording back; a transcript says {gap} there.",
                gap=GAP,
            )
        case Ending.TRANSCRIPT:
            return words(
                "The model couldn't answer your question about a recording this long. This is its transcript."
            )
