"""An answer, an error or a remark as the messages that show it: pages in order, perhaps a file. Pure."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import asks, errors, presets
from bot.models import Manner, State
from bot.reply import error_messages, languages, pages, remarks
from bot.reply.catalogue import words_for
from bot.reply.controls import preset_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Answer, Standing, VoiceNote
    from bot.reply.catalogue import Words
    from bot.reply.controls import Button, Menu, Picker

_QUESTION_SHOWN = 300
_MOST_OF_A_TOPIC = 60
"""Characters: more than that a list of threads does not show."""
_MOST_OF_A_NAME = 100
_MARKS = re.compile(r"[*_`~|>#]+")
MOST_PAGES = 5
"""An answer of more is attached as a file, after its first pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that is posted with a text."""

    png: bytes
    name: str
    """With its ending."""
    description: str
    """What is to be seen in it, for those who don't see it: 1 to 1024 characters."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is posted: pages in order, and the whole text as a file with the last of them where it is too long."""

    pages: tuple[str, ...]
    file_text: str | None = None
    file_name: str = "answer.txt"
    buttons: tuple[Button, ...] = ()
    """Under the last page."""
    menus: tuple[Menu | Picker, ...] = ()
    """Above the buttons, one a line."""
    picture: Picture | None = None
    """With the last page."""
    topic: str = dataclasses.field(default="", compare=False)
    """The first words of an answer, for the name of a thread; empty where it is none."""

    @property
    def has_files(self) -> bool:
        """Whether a file goes with the last page."""
        return self.file_text is not None or self.picture is not None

    @property
    def stands_alone(self) -> bool:
        """Whether all of it is on one page."""
        return len(self.pages) == 1 and not self.has_files


def restarting(words: Words) -> Reply:
    """For those to whom a command's answer can no longer be given, because this run ends."""
    return Reply((words(remarks.RESTARTING),))


def offered(note: VoiceNote, words: Words) -> Reply:
    """What stands below a note that is answered only when somebody asks for it."""
    told = thread_name(dataclasses.replace(note, manner=Manner()), words)
    return Reply((f"-# {pages.plain(told)}",))


def topic_of(text: str) -> str:
    """The first words of an answer, as they can be the name of a thread; empty where the text is none of the model's."""
    line = next((line for line in text.strip().split("\n") if line.strip()), "")
    if line.startswith("-# "):
        # The bot's own, on how far it has come.
        return ""
    bare = " ".join(_MARKS.sub("", line).split())
    if len(bare) <= _MOST_OF_A_TOPIC:
        return bare
    return (
        bare[:_MOST_OF_A_TOPIC].rpartition(" ")[0].rstrip(" ,;:.-–—") + "…"
        if " " in bare[:_MOST_OF_A_TOPIC]
        else bare[: _MOST_OF_A_TOPIC - 1] + "…"
    )


def thread_name(note: VoiceNote, words: Words, topic: str = "") -> str:
    """What the thread on a note is called: 1 to 100 characters.

    Args:
        note: the note.
        words: the language.
        topic: the first words of its answer, if there are any yet.
    """
    if note.manner.thread_name == "words" and topic:
        return topic
    if note.manner.thread_name == "speaker" and (speaker := " ".join(note.manner.speaker.split())):
        return speaker[:_MOST_OF_A_NAME]
    if note.voice and note.attachment.seconds:
        # NOTE: A name of a thread.
        return words("Voice note ({duration})", duration=words.duration(note.attachment.seconds))
    name = "" if note.voice else note.attachment.name.strip()[:100]
    return name or words(remarks.VOICE_NOTE)


def title(note: VoiceNote) -> str:
    """The lines above an answer that tell what it is an answer to; empty where that is plain."""
    lines = [f"**{pages.plain(note.attachment.name)}**"] if note.titled else []
    if not note.private and (asked := _asked(note)):
        lines.append(f"-# {asked}")
    return "".join(f"{line}\n" for line in lines)


def _asked(note: VoiceNote) -> str | None:
    """What was asked for, if it was not the note itself that asked, nor a message that the answer is a reply to."""
    words = words_for(note.locale)
    if found := asks.preset_of(note.ask):
        name, language = found
        preset = presets.named(name)
        called = (
            f"{preset.emoji} {preset_name(preset, words)}" if preset else pages.plain(note.called or name)
        )
        return f"{called} · {languages.name(language, words.locale)}" if language else called
    if note.ask.startswith("typed:") and note.asked_by is not None:
        question = " ".join(note.prompt.text.split())
        if len(question) > _QUESTION_SHOWN:
            question = question[: _QUESTION_SHOWN - 1] + "…"
        return words(
            "{person} asked: {question}", person=f"<@{note.asked_by}>", question=pages.plain(question)
        )
    return None


def growing(text: str, heading: str = "") -> tuple[str, ...]:
    """The pages of an unfinished answer; a prefix of what `finished` will give, but for the last of them."""
    if not text.strip():
        return ()
    return pages.cut(heading + pages.closed(pages.unmask_links(text.strip())), MOST_PAGES)[: MOST_PAGES - 1]


def finished(
    answer: Answer,
    heading: str = "",
    *,
    words: Words,
    footer: Sequence[str] = (),
    seconds: float | None = None,
    notice: str | None = None,
) -> Reply:
    """The whole answer, with lines at the end that say what is missing of it, or of the recording.

    Args:
        answer: what the model said.
        heading: the `title` of its note.
        words: the language.
        footer: what is told in small print: `model`, `seconds`, `cost`.
        seconds: how long the recording is, if that is known.
        notice: one line more, the last.
    """
    text = pages.closed(pages.unmask_links(answer.text.strip()))
    said = [
        *remarks.what_is_missing(answer, words),
        *remarks.small_print(answer, seconds, footer, words),
        *filter(None, (notice,)),
    ]
    below = "\n".join(f"-# {line}" for line in said)
    remark = f"\n\n{below}" if below else ""
    cut = pages.cut(heading + text + remark, MOST_PAGES)
    topic = topic_of(answer.text)
    if len(cut) <= MOST_PAGES:
        return Reply(cut, topic=topic)
    notice = f"{words(remarks.ALL_IN_FILE)}{remark}"
    return Reply((*cut[: MOST_PAGES - 1], notice), file_text=answer.text.strip() + "\n", topic=topic)


def forms(final: Reply, heading: str = "", *, files: bool = True, words: Words) -> tuple[Reply, ...]:
    """The forms in which a reply may pass where Discord refuses it, best first: as it is, without picture or links, as a file.

    Args:
        final: what to post.
        heading: the `title` of its note.
        files: whether files may be posted. If not, what is too long for messages ends in why the rest is missing.
        words: the language of the answer.
    """
    # What a picture shows, the text says, too.
    bare = whole = dataclasses.replace(final, picture=None)
    if bare.file_text is not None and not files:
        whole = _beginning(bare, words(remarks.REST_LACKS_PERMISSION))
    found = [final] if files else []
    found += [whole, _without_links(whole, words)]
    if files:
        found.append(_as_file(bare, heading, words))
        if bare.file_text is not None:
            beginning = _beginning(bare, words(remarks.REST_REFUSED))
            found += [beginning, _without_links(beginning, words)]
    return tuple(dict.fromkeys(found))


def _beginning(final: Reply, remark: str) -> Reply:
    return dataclasses.replace(final, pages=(*final.pages[:-1], remark), file_text=None)


def _as_file(final: Reply, heading: str, words: Words) -> Reply:
    text = final.file_text if final.file_text is not None else "\n".join(final.pages) + "\n"
    return dataclasses.replace(final, pages=(heading + words(remarks.ONLY_AS_FILE),), file_text=text)


def _without_links(final: Reply, words: Words) -> Reply:
    """The same without the addresses in it; unchanged if there is none.

    The remark that they are missing is left out where the last page is full.
    """
    instead, remark = words(remarks.LINK_REMOVED), f"\n\n{words(remarks.LINKS_REMOVED)}"
    bare = [_without_links_on(page, instead) for page in final.pages]
    if tuple(bare) == final.pages:
        return final
    if pages.units(bare[-1] + remark) <= pages.PAGE_CHARACTERS:
        bare[-1] += remark
    text = final.file_text
    return dataclasses.replace(
        final, pages=tuple(bare), file_text=None if text is None else pages.without_links(text, instead)
    )


def _without_links_on(page: str, instead: str) -> str:
    bare = pages.without_links(page, instead)
    # Some addresses are shorter than what stands for them.
    return bare if pages.units(bare) <= pages.PAGE_CHARACTERS else pages.without_links(page, "…")


def explained(error: Exception, heading: str = "", *, words: Words) -> Reply:
    """What went wrong and what the person can do, in one plain sentence."""
    return Reply((heading + error_messages.sentence(error, words),))


def waiting(error: Exception, heading: str = "", *, words: Words) -> tuple[str, ...]:
    """What is shown for as long as a note waits for a server that is away."""
    return (heading + remarks.waiting(error, words),)


def shared(final: Reply, person_id: int, words: Words) -> Reply:
    """A private answer as it is shown to all: with who shows it."""
    by = words("Shared by {person}", person=f"<@{person_id}>")
    remark = f"-# {by}"
    first = f"{remark}\n{final.pages[0]}"
    fits = pages.units(first) <= pages.PAGE_CHARACTERS
    shown = (first, *final.pages[1:]) if fits else (remark, *final.pages)
    return dataclasses.replace(final, pages=shown, buttons=(), menus=())


def standing(found: Standing, guild_id: int | None, words: Words) -> str:
    """To who asks for what somebody has asked for already: where it stands."""
    if found.state.finished and found.posted is not None and found.posted.pages:
        place = f"{guild_id or '@me'}/{found.posted.channel_id}/{found.posted.pages[0]}"
        return words("That was asked already: {link}", link=f"https://discord.com/channels/{place}")
    if found.state is State.FORGOTTEN:
        return error_messages.sentence(errors.Gone(), words)
    return words("That was asked already: I'm working on it.")
