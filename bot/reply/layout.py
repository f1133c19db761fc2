"""An answer, an error or a remark as the messages that show it: pages in order, perhaps a file. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.reply import pages, wording

if TYPE_CHECKING:
    from bot.models import Answer, VoiceNote

MOST_PAGES = 5
"""An answer of more is attached as a file, after its first pages."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is posted: pages in order, and the whole text as a file with the last of them where it is too long."""

    pages: tuple[str, ...]
    file_text: str | None = None
    file_name: str = "answer.txt"


RESTARTING = Reply((wording.RESTARTING,))
"""To whom a command's answer can no longer be given, because this run ends."""


def thread_name(note: VoiceNote) -> str:
    """What the thread on a note is called: 1 to 100 characters."""
    if note.voice and note.attachment.seconds:
        return f"{wording.VOICE_NOTE} ({wording.duration(note.attachment.seconds)})"
    name = "" if note.voice else note.attachment.name.strip()[:100]
    return name or wording.VOICE_NOTE


def title(note: VoiceNote) -> str:
    """The line above an answer that tells which of several files it belongs to; empty for a single one."""
    return f"**{pages.plain(note.attachment.name)}**\n" if note.titled else ""


def growing(text: str, heading: str = "") -> tuple[str, ...]:
    """The pages of an unfinished answer; a prefix of what `finished` will give, but for the last of them."""
    if not text.strip():
        return ()
    return pages.cut(heading + pages.closed(pages.unmask_links(text.strip())), MOST_PAGES)[: MOST_PAGES - 1]


def finished(answer: Answer, heading: str = "") -> Reply:
    """The whole answer, with lines at the end that say what is missing of it, or of the recording."""
    text = pages.closed(pages.unmask_links(answer.text.strip()))
    remarks = "\n".join(f"-# {said}" for said in wording.what_is_missing(answer))
    remark = f"\n\n{remarks}" if remarks else ""
    cut = pages.cut(heading + text + remark, MOST_PAGES)
    if len(cut) <= MOST_PAGES:
        return Reply(cut)
    notice = f"{wording.ALL_IN_FILE}{remark}"
    return Reply((*cut[: MOST_PAGES - 1], notice), file_text=answer.text.strip() + "\n")


def without_file(final: Reply) -> Reply:
    """The same where files may not be posted: the beginning, and why the rest is missing."""
    return Reply((*final.pages[:-1], wording.REST_LACKS_PERMISSION))


def explained(error: Exception, heading: str = "") -> Reply:
    """What went wrong and what the person can do, in one plain sentence."""
    return Reply((heading + wording.sentence(error),))


def waiting(error: Exception, heading: str = "") -> tuple[str, ...]:
    """What is shown for as long as a note waits for a server that is away."""
    return (heading + wording.waiting(error),)
