"""An answer, or an error, as pages of Discord markdown. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import errors
from bot.models import Ending, PromptSource
from bot.reply import pages

if TYPE_CHECKING:
    from bot.models import Answer, Prompt, VoiceNote

MOST_PAGES = 5
"""An answer of more is attached as a file, after its first pages."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is posted: pages in order, and the whole text as a file with the last of them where it is too long."""

    pages: tuple[str, ...]
    file_text: str | None = None
    file_name: str = "answer.txt"


GAP = "[…]"
RESTARTING = Reply(("I'm being restarted and couldn't finish this. Please ask again in a minute.",))

LATE = "-# Your command took longer than Discord waits for an answer, so the answer comes here:"
NO_MORE_ROOM = "-# Discord takes no more messages below your command, so the rest of the answer comes here:"


def thread_name(note: VoiceNote) -> str:
    """What the thread on a note is called: 1 to 100 characters."""
    if note.voice and note.attachment.seconds:
        return f"Voice note ({_duration(note.attachment.seconds)})"
    return "Voice note" if note.voice else note.attachment.filename.strip()[:100] or "Voice note"


def title(note: VoiceNote) -> str:
    """The line above an answer that tells which of several files it belongs to; empty for a single one."""
    return f"**{pages.plain(note.attachment.filename)}**\n" if note.titled else ""


def growing(text: str, heading: str = "") -> tuple[str, ...]:
    """The pages of an unfinished answer; a prefix of what `finished` will give, but for the last of them."""
    if not text.strip():
        return ()
    return pages.cut(heading + pages.closed(pages.unmask_links(text.strip())), MOST_PAGES)[: MOST_PAGES - 1]


def progress(done: int, count: int) -> str:
    """What is shown while a long recording is heard and there is nothing of the answer yet."""
    return f"-# I'm listening: {done} of {count} parts heard so far."


def finished(answer: Answer, heading: str = "") -> Reply:
    """The whole answer, with a line at the end if it was not allowed to finish."""
    text = pages.closed(pages.unmask_links(answer.text.strip()))
    said = how_it_ended(answer.ending)
    remark = f"\n\n-# {said}" if said else ""
    cut = pages.cut(heading + text + remark, MOST_PAGES)
    if len(cut) <= MOST_PAGES:
        return Reply(cut)
    notice = f"-# The answer is too long for messages: all of it is in the file.{remark}"
    return Reply((*cut[: MOST_PAGES - 1], notice), file_text=answer.text.strip() + "\n")


def how_it_ended(ending: Ending) -> str | None:
    """What a person should know about an answer that is not all there is; None where there is nothing to say."""
    match ending:
        case Ending.COMPLETE:
            return None
        case Ending.CUT:
            return "The answer was cut short here: the model reached a limit of length or time."
        case Ending.FILTERED:
            return "A content filter stopped the model here; the rest of the answer is missing."
        case Ending.GAPS:
            return f"A filter or a limit kept parts of the recording back; a transcript says {GAP} there."
        case Ending.TRANSCRIPT:
            return (
                "The model couldn't answer your question about a recording this long. This is its transcript."
            )


def without_file(final: Reply) -> Reply:
    """The same where files may not be posted: the beginning, and why the rest is missing."""
    notice = (
        "-# The rest is too long for messages, and I lack the permission “Attach Files” to post it as a file."
    )
    return Reply((*final.pages[:-1], notice))


def explained(error: Exception, heading: str = "") -> Reply:
    """What went wrong and what the person can do, in one plain sentence."""
    return Reply((heading + sentence(error),))


def waiting(error: Exception, heading: str = "") -> tuple[str, ...]:
    """What is shown for as long as a note waits for a server that is away."""
    who = "Discord's file server" if isinstance(error, errors.DownloadFailed) else "The speech service"
    return (f"{heading}{who} is busy or unreachable right now. I keep trying: the answer will appear here.",)


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
            length = "" if seconds is None else f" ({_duration(seconds)})"
            return f"This recording is too long{length}. I take up to {_duration(limit)}: please send a shorter one."
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


def _duration(seconds: float) -> str:
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
