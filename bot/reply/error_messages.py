"""A sentence for each error: what people are told of it, and what they can do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors
from bot.budgets import Period, Whose
from bot.marking import marked as _
from bot.reply import pages
from bot.reply.setting_errors import about_setting

if TYPE_CHECKING:
    from bot.reply.catalogue import Words

_GOOD_RATE = 48_000

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
            return about_setting(error, words)
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
