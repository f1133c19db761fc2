"""The words people read: a sentence for each error, each ending of an answer and each wait. Pure."""

from __future__ import annotations

from bot import errors
from bot.models import Ending

GAP = "[…]"
"""Stands in a transcript where something of the recording is missing."""
VOICE_NOTE = "Voice note"
RESTARTING = "I'm being restarted and couldn't finish this. Please ask again in a minute."
ALL_IN_FILE = "-# The answer is too long for messages: all of it is in the file."
REST_LACKS_PERMISSION = (
    "-# The rest is too long for messages, and I lack the permission “Attach Files” to post it as a file."
)
REST_REFUSED = "-# The rest is too long for messages, and Discord didn't take it as a file."
ONLY_AS_FILE = "-# Discord didn't let me post this answer as a message, so it is in the file."
LINK_REMOVED = "[link]"
LINKS_REMOVED = "\n\n-# Discord didn't let me post this with its links, so they are left out."
REFUSED_THERE = "-# Discord didn't let me post my answer there, so it comes here:"
SENT_PRIVATELY = "Discord didn't let me post my answer here, so I've sent it to you as a direct message."
SENT_TO_AUTHOR = "Discord didn't let me post my answer here, so I've sent it to whoever posted the recording."

LATE = "-# Your command took longer than Discord waits for an answer, so the answer comes here:"
NO_MORE_ROOM = "-# Discord takes no more messages below your command, so the rest of the answer comes here:"


def progress(done: int, count: int) -> str:
    """What is shown while a long recording is heard and there is nothing of the answer yet."""
    return f"-# I'm listening: {done} of {count} parts heard so far."


def waiting(error: Exception) -> str:
    """What is shown for as long as a note waits for a server that is away."""
    who = "Discord's file server" if isinstance(error, errors.DownloadFailed) else "The speech service"
    return f"{who} is busy or unreachable right now. I keep trying: the answer will appear here."


def how_it_ended(ending: Ending) -> str | None:
    """What a person should know about an answer that is not all there is; None where there is nothing to say."""
    match ending:
        case Ending.COMPLETE:
            return None
        case Ending.CUT:
            return "The answer was cut short here: the model reached a limit of length or time."
        case Ending.FILTERED:
            return "A content filter stopped the model here; the rest of the answer is missing."
        case Ending.REPETITION:
            return "The model began to repeat itself here, so I stopped it and left the repetitions out."
        case Ending.GAPS:
            return f"A filter or a limit kept parts of the recording back; a transcript says {GAP} there."
        case Ending.TRANSCRIPT:
            return (
                "The model couldn't answer your question about a recording this long. This is its transcript."
            )


def sentence(error: Exception) -> str:  # noqa: C901, PLR0911, PLR0912 - one case an error is the point of it
    """The words for `error`; for anything not raised on purpose, words that give nothing away."""
    match error:
        case errors.NotAudio():
            return "This file isn't audio I can read. I take voice messages and the usual audio files."
        case errors.EmptyFile():
            return "This file is empty (0 bytes), so there is nothing to hear. Please send it again."
        case errors.NoSound():
            return "There is no sound in this file. Please send one with an audio track."
        case errors.Damaged():
            return "This audio file is damaged or incomplete, so I can't hear it. Please send it again."
        case errors.TooLong(limit=limit, seconds=seconds):
            length = "" if seconds is None else f" ({duration(seconds)})"
            return f"This recording is too long{length}. I take up to {duration(limit)}: please send a shorter one."
        case errors.TooLarge(limit=limit, size=size):
            megabytes = "" if size is None else f" ({_megabytes(size)})"
            return f"This file is too large{megabytes}. I take up to {_megabytes(limit)}: please send a smaller one."
        case errors.RequestTooLarge():
            return "This recording is too large for the speech service. Please send a shorter one."
        case errors.NoSpeech():
            return (
                "I heard no speech in this recording. If there is some, try again closer to the microphone."
            )
        case errors.ModelRefused():
            return "The model declined to answer this recording. A different recording or prompt may work."
        case errors.CommandExpired():
            return "Your command took longer than Discord waits for an answer. Please use it again."
        case errors.AnswerRefused():
            return (
                "I have an answer to this recording, but Discord refuses to post it, in messages or as a file."
                " A different prompt may work."
            )
        case errors.NoAnswer():
            return "The model gave no answer to this recording, though I asked it twice. If somebody speaks in it, please try again."
        case errors.Gone():
            return "The file is no longer there, so I couldn't hear it. Please send it again."
        # Told in private: what is meant is elsewhere.
        case errors.Forbidden(missing="Manage Threads"):
            return (
                "I'm not allowed to answer there: the thread is locked. Please ask a moderator to unlock it."
            )
        case errors.Forbidden(missing=missing):
            return f"I'm not allowed to answer there: I lack the permission “{missing}”. Please ask a moderator of that server."
        case errors.DownloadFailed() | errors.DiscordAway():
            return "Discord wouldn't hand me the file just now. Please try again in a few minutes."
        case errors.EndpointBusy():
            return "The speech service is busy or unreachable right now. Please try again in a few minutes."
        case errors.OutOfCredit():
            return "The account behind this bot is out of credit. Please tell the people who run it."
        case errors.KeyRefused() | errors.ModelUnknown() | errors.RequestRefused():
            return "The speech service didn't accept my request. Please tell the people who run this bot."
        case errors.DiskFailed():
            return "I have no room to store this file at the moment. Please tell the people who run this bot."
        case errors.GivenUp():
            return "I tried this recording several times and it stopped me each time. Please tell the people who run this bot."
        case errors.DecoderFailed():
            return "I couldn't decode this file within my limits. Converting it to MP3 may help."
        case _:
            return "Something went wrong on my side. Please try again; if it happens again, tell the people who run me."


def duration(seconds: float) -> str:
    """A length of time as people say it: `42 s`, `3 min 5 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 - seconds in a minute
        return f"{whole} s"
    minutes, left = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min" + (f" {left} s" if left else "")
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h" + (f" {minutes} min" if minutes else "")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f}".removesuffix(".0") + " MB"
