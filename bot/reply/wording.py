"""The words people read: a sentence for each error, each ending of an answer and each wait. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors, rules
from bot.budgets import Period, Whose
from bot.marking import marked as _
from bot.models import Ending, Unheard
from bot.reply import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Answer
    from bot.reply.catalogue import Words

GAP = "[…]"
"""Stands in a transcript where something of the recording is missing."""

_GOOD_RATE = 48_000

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

PERMISSIONS = (
    # NOTE: This and the following are permissions of Discord, as it calls them in this language (Server Settings, Roles).
    _("View Channel"),
    _("Send Messages"),
    _("Send Messages in Threads"),
    _("Read Message History"),
    _("Manage Threads"),
    _("Create Public Threads"),
    _("Attach Files"),
    _("Connect"),
)
"""Those that the bot may find to be missing, as Discord names them."""


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


def quantity(value: float | None, unit: rules.Unit, words: Words) -> str:
    """A number that a server can set, with what it counts."""
    if value is None:
        return words("no limit")
    if unit is rules.Unit.MINUTES:
        return words.duration(value * 60)
    # NOTE: What something costs, in the credits of the speech service.
    return words("{cost} credits", cost=words.precise(value))


def _about_a_setting(  # noqa: PLR0911 - one a kind
    error: errors.ValueUnusable | errors.ValueTooHigh | errors.WholeServerOnly, words: Words
) -> str:
    """Why something can't be set, and what could be."""
    setting = rules.named(error.setting)
    if setting is None:
        return words("I don't know this setting any more. Please choose another one.")
    label, kind = words(setting.label), setting.kind
    if isinstance(error, errors.WholeServerOnly):
        return words(
            "Please set “{label}” for the whole server: it can't be set for one channel.", label=label
        )
    if isinstance(error, errors.ValueTooHigh) and isinstance(kind, rules.Number):
        most = quantity(error.most, kind.unit, words)
        return words(
            "Please choose less: whoever runs me allows no more than {most} for “{label}”.",
            most=most,
            label=label,
        )
    match kind:
        case rules.Number(least=least, most=most):
            return words(
                "Please give “{label}” a number from {least} to {most}.",
                label=label,
                least=words.number(least),
                most=words.number(most),
            )
        case rules.Channels():
            return words("Please give “{label}” channels, such as #general: 25 at most.", label=label)
        case rules.Roles():
            return words("Please give “{label}” roles, such as @Members: 25 at most.", label=label)
        case rules.Asked():
            return words(
                "A prompt needs some words, and has 4000 characters at most. Please type another one."
            )
        case _:
            return words("Please choose one of the values that are offered for “{label}”.", label=label)


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


def _over_budget(error: errors.OverBudget, words: Words) -> str:
    # Discord shows it in the reader's language, and counts down.
    when = f"<t:{error.opens_at:.0f}:R>"
    match error.whose, error.period:
        case Whose.PERSON, _:
            # NOTE: {when} is for example "in 5 hours". Likewise in the next four.
            return words(
                "You have used up what I may hear for you today. Please try again {when}.", when=when
            )
        case Whose.SERVER, Period.DAY:
            return words(
                "This server has used up what I may hear for it today. Please try again {when}.", when=when
            )
        case Whose.SERVER, _:
            return words(
                "This server has used up what I may hear for it this month. Please try again {when}.",
                when=when,
            )
        case Whose.BOT, Period.DAY:
            return words("I have used up what I may hear today. Please try again {when}.", when=when)
        case _:
            return words("I have used up what I may hear this month. Please try again {when}.", when=when)


def sentence(error: Exception, words: Words) -> str:  # noqa: C901, PLR0911, PLR0912 - one case an error is the point of it
    """The words for `error`; for anything not raised on purpose, words that give nothing away."""
    match error:
        case errors.NotAudio():
            return words("This file isn't audio I can read. I take voice messages and the usual audio files.")
        case errors.FormatNotRead():
            return words(
                "This is a kind of audio I can't read. Please convert it to MP3, M4A or WAV and send it again."
            )
        case errors.Encrypted():
            return words(
                "This file is protected against copying, so I can't hear it. Please send an unprotected recording."
            )
        case errors.TooManyChannels(limit=limit, channels=channels):
            if channels is None:
                return words(
                    "This recording has too many channels. I take up to {limit}: please mix it to stereo and send it again.",
                    limit=words.number(limit),
                )
            return words(
                "This recording has too many channels ({channels}). I take up to {limit}: please mix it to stereo and"
                " send it again.",
                channels=words.number(channels),
                limit=words.number(limit),
            )
        case errors.RateTooHigh(limit=limit, rate=rate):
            if rate is None:
                return words(
                    "This recording's sample rate is too high. I take up to {limit}: please convert it to {good}.",
                    limit=words.kilohertz(limit),
                    good=words.kilohertz(_GOOD_RATE),
                )
            return words(
                "This recording's sample rate is too high ({rate}). I take up to {limit}: please convert it to {good}.",
                rate=words.kilohertz(rate),
                limit=words.kilohertz(limit),
                good=words.kilohertz(_GOOD_RATE),
            )
        case errors.EmptyFile():
            return words("This file is empty (0 bytes), so there is nothing to hear. Please send it again.")
        case errors.NoSound():
            return words("There is no sound in this file. Please send one with an audio track.")
        case errors.Damaged():
            return words(
                "This audio file is damaged or incomplete, so I can't hear it. Please send it again."
            )
        case errors.TooLong(limit=limit, seconds=seconds):
            if seconds is None:
                return words(
                    "This recording is too long. I take up to {limit}: please send a shorter one.",
                    limit=words.duration(limit),
                )
            return words(
                "This recording is too long ({duration}). I take up to {limit}: please send a shorter one.",
                duration=words.duration(seconds),
                limit=words.duration(limit),
            )
        case errors.TooLarge(limit=limit, size=size):
            if size is None:
                return words(
                    "This file is too large. I take up to {limit}: please send a smaller one.",
                    limit=words.megabytes(limit),
                )
            return words(
                "This file is too large ({size}). I take up to {limit}: please send a smaller one.",
                size=words.megabytes(size),
                limit=words.megabytes(limit),
            )
        case errors.RequestTooLarge():
            return words("This recording is too large for the speech service. Please send a shorter one.")
        case errors.NoSpeech():
            return words(
                "I heard no speech in this recording. If there is some, try again closer to the microphone."
            )
        case errors.ModelRefused():
            return words(
                "The model declined to answer this recording. A different recording or prompt may work."
            )
        case errors.PresetUnknown():
            return words(
                "I know no preset of that name. Please choose one of those that are offered while you type."
            )
        case errors.PresetNameTaken(name=name):
            return words(
                "There is a preset called “{name}” already. Please choose another name.",
                name=pages.plain(name),
            )
        case errors.TooManyPresets(limit=limit):
            return words.plural(
                "This server has {count} preset of its own, and may have no more. Please remove one first.",
                "This server has {count} presets of its own, and may have no more. Please remove one first.",
                limit,
            )
        case errors.LanguageUnknown():
            return words(
                "I know no language of that name. Please choose one of those that are offered while you type."
            )
        case errors.OptedOut(own=True):
            return words(
                "You have asked me not to hear you, so I don't. If you want me to, please opt in again with /privacy."
            )
        case errors.OptedOut():
            return words(
                "Whoever speaks here has asked not to be heard by me, so I don't. Please respect that."
            )
        case errors.SettingUnknown():
            return words(
                "There is no such setting. Please choose one of those that are offered while you type."
            )
        case errors.ValueUnusable() | errors.ValueTooHigh() | errors.WholeServerOnly():
            return _about_a_setting(error, words)
        case errors.OverBudget():
            return _over_budget(error, words)
        case errors.ChannelBarred():
            return words(
                "This server has decided that I hear nothing in this channel. Please use another one."
            )
        case errors.RoleBarred():
            return words(
                "This server has decided which of its members I work for, and you are not among them. Please ask those who run it."
            )
        case errors.CommandExpired():
            return words("Your command took longer than Discord waits for an answer. Please use it again.")
        case errors.AnswerRefused():
            return words(
                "I have an answer to this recording, but Discord refuses to post it, in messages or as a file."
                " A different prompt may work."
            )
        case errors.NoAnswer():
            return words(
                "The model gave no answer to this recording, though I asked it twice. If somebody speaks in it, please try again."
            )
        case errors.Gone():
            return words("The file is no longer there, so I couldn't hear it. Please send it again.")
        # Told in private: what is meant is elsewhere.
        case errors.Forbidden(missing="Manage Threads"):
            return words(
                "I'm not allowed to answer there: the thread is locked. Please ask a moderator to unlock it."
            )
        case errors.Forbidden(missing=missing):
            return words(
                "I'm not allowed to answer there: I lack the permission “{permission}”. Please ask a moderator of that"
                " server.",
                permission=words(missing),
            )
        case errors.DownloadFailed() | errors.DiscordAway():
            return words("Discord wouldn't hand me the file just now. Please try again in a few minutes.")
        case errors.EndpointBusy():
            return words(
                "The speech service is busy or unreachable right now. Please try again in a few minutes."
            )
        case errors.OutOfCredit():
            return words("The account behind this bot is out of credit. Please tell the people who run it.")
        case errors.KeyRefused() | errors.ModelUnknown() | errors.RequestRefused():
            return words(
                "The speech service didn't accept my request. Please tell the people who run this bot."
            )
        case errors.DiskFailed():
            return words(
                "I have no room to store this file at the moment. Please tell the people who run this bot."
            )
        case errors.GivenUp():
            return words(
                "I tried this recording several times and it stopped me each time. Please tell the people who run this bot."
            )
        case errors.DecoderFailed():
            return words("I couldn't decode this file within my limits. Converting it to MP3 may help.")
        case _:
            return words(
                "Something went wrong on my side. Please try again; if it happens again, tell the people who run me."
            )
