"""The list of the notes somebody has missed, with the first words of each, and the button that has them summed up. Pure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.models import Answer
from bot.reply import layout, pages
from bot.reply.controls import Button
from bot.reply.press_ids import Action, Press
from bot.snowflakes import moment_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.reply.catalogue import Words

GIST = 200
"""The most that is shown of each note's answer, in UTF-16 units."""
_REMARK = re.compile(r"^-# .*$", re.MULTILINE)
_WAITING = "…"
_MARKS = "¹²³⁴⁵⁶⁷⁸⁹"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A note in the list."""

    message_id: int
    attachment_id: int
    author_id: int
    name: str
    """What the file is called."""
    seconds: float | None
    """How long it is, where Discord tells."""

    @property
    def key(self) -> tuple[int, int]:
        """Which it is: a file that was forwarded stands in several messages."""
        return self.message_id, self.attachment_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of a note in the list."""

    text: str
    by_model: bool
    """Whether the model said it; otherwise it is a sentence of the bot's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recap:
    """What a list is of."""

    guild_id: int | None
    channel_id: int
    chosen: bool
    """Whether it is another channel than the one in which it was asked for."""
    since: float
    """From when on, in seconds since 1970."""
    own: bool
    """Whether that is when the person wrote there last."""
    notes: tuple[Listed, ...]
    """The newest, oldest first."""
    more: bool = False
    """Whether there were more."""
    looked_through: int | None = None
    """How many messages were looked through, if that was not all since then."""
    hidden: bool = False
    """Whether the bot sees only the files of messages that mention it."""

    @property
    def span(self) -> str:
        """Which channel, and from which message to which, for the button's custom id."""
        return f"{self.channel_id}:{self.notes[0].message_id}:{self.notes[-1].message_id}"


def span_of(rest: str) -> tuple[int, int, int] | None:
    """Channel, oldest and newest message of a recap; None if that can't be read.

    Args:
        rest: that of the button's `Press`.
    """
    found = re.fullmatch(r"(\d{1,20}):(\d{1,20}):(\d{1,20})", rest, re.ASCII)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def bare(text: str, name: str) -> str:
    """What the model said, without the headings and remarks that the bot puts around it.

    Args:
        text: an answer as it stands on Discord.
        name: what the file is called.
    """
    return _REMARK.sub("", text.strip().removeprefix(f"**{pages.plain(name)}**")).strip()


def gist(text: str) -> str:
    """The beginning of what a model said, in one line and without Markdown."""
    line = " ".join(text.split())
    shown = pages.plain(line)
    if pages.units(shown) <= GIST:
        return shown
    while line and pages.units(pages.plain(line)) >= GIST:
        line = line[: pages.index_at(line, min(GIST, pages.units(line)) - 1)]
    whole_words = line.rpartition(" ")[0]
    return pages.plain(whole_words if len(whole_words) > len(line) // 2 else line) + "…"


def listing(recap: Recap, told: Mapping[tuple[int, int], Told], words: Words) -> str:
    """The list as far as it has come.

    Args:
        recap: what it is of; not empty.
        told: what became of each note so far, by its key.
        words: the person's language.
    """
    footnotes = _footnotes(told)
    below = [f"-# {mark} {_one_line(text)}" for text, mark in footnotes.items()]
    entries = [_entry(recap, note, told.get(note.key), footnotes, words) for note in recap.notes]
    return "\n\n".join([_heading(recap, words), *entries, *below, *_remarks(recap, words)])


def final(
    recap: Recap, told: Mapping[tuple[int, int], Told], words: Words, *, summarise: bool
) -> layout.Reply:
    """The whole list, with the button.

    Args:
        recap: as for `listing`; there may be no notes.
        told: as for `listing`.
        words: as for `listing`.
        summarise: whether the model could sum them up.
    """
    if not recap.notes:
        return layout.Reply(("\n".join((_nothing(recap, words), *_remarks(recap, words))),))
    whole = layout.finished(Answer(text=listing(recap, told, words), model=""), words=words)
    buttons: tuple[Button, ...] = ()
    if summarise and any(each.by_model for each in told.values()):
        press = Press(action=Action.SUMMARISE, rest=recap.span)
        # NOTE: A button: it has one summary made of all notes in a list.
        buttons = (Button(custom_id=press.custom_id, label=words("Summarise all"), emoji="✨"),)
    return layout.Reply(whole.pages, file_text=whole.file_text, buttons=buttons)


def summary(answer: Answer, left_out: int, words: Words) -> layout.Reply:
    """The summary of all, and how many of the notes are not in it."""
    heading = ""
    if left_out:
        remark = words.plural(
            "{count} note is left out: no answer to it stands here, or there was no room for it.",
            "{count} notes are left out: no answers to them stand here, or there was no room for them.",
            left_out,
        )
        heading = f"-# {remark}\n"
    return layout.finished(answer, heading, words=words)


def _footnotes(told: Mapping[tuple[int, int], Told]) -> dict[str, str]:
    """Sentences of the bot's own that several notes share, such as that a budget is used up: each is said once, by its mark."""
    times = Counter(each.text for each in told.values() if not each.by_model)
    return dict(zip((text for text, count in times.items() if count > 1), _MARKS, strict=False))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _entry(recap: Recap, note: Listed, told: Told | None, footnotes: Mapping[str, str], words: Words) -> str:
    at = int(moment_of(note.message_id))
    place = f"{recap.guild_id or '@me'}/{recap.channel_id}/{note.message_id}"
    head = [f"<@{note.author_id}>", f"<t:{at}:t> (<t:{at}:R>)"]
    if note.seconds is not None:
        head.append(words.duration(note.seconds))
    head.append(f"https://discord.com/channels/{place}")
    if told is None:
        text = _WAITING
    elif told.by_model:
        text = gist(told.text)
    else:
        text = footnotes.get(told.text) or f"*{_one_line(told.text)}*"
    return f"{' · '.join(head)}\n> {text}"


def _heading(recap: Recap, words: Words) -> str:
    count, when, channel = len(recap.notes), f"<t:{int(recap.since)}:f>", f"<#{recap.channel_id}>"
    if recap.own and recap.chosen:
        return words.plural(
            "{count} note in {channel} since your last message there, {when}:",
            "{count} notes in {channel} since your last message there, {when}:",
            count,
            channel=channel,
            when=when,
        )
    if recap.own:
        return words.plural(
            "{count} note here since your last message, {when}:",
            "{count} notes here since your last message, {when}:",
            count,
            when=when,
        )
    if recap.chosen:
        return words.plural(
            "{count} note in {channel} since {when}:",
            "{count} notes in {channel} since {when}:",
            count,
            channel=channel,
            when=when,
        )
    return words.plural(
        "{count} note here since {when}:", "{count} notes here since {when}:", count, when=when
    )


def _nothing(recap: Recap, words: Words) -> str:
    when, channel = f"<t:{int(recap.since)}:f>", f"<#{recap.channel_id}>"
    if recap.own and recap.chosen:
        return words(
            "There are no notes in {channel} since your last message there, {when}.",
            channel=channel,
            when=when,
        )
    if recap.own:
        return words("There are no notes here since your last message, {when}.", when=when)
    if recap.chosen:
        return words("There are no notes in {channel} since {when}.", channel=channel, when=when)
    return words("There are no notes here since {when}.", when=when)


def _remarks(recap: Recap, words: Words) -> Sequence[str]:
    remarks: list[str] = []
    if recap.more:
        remarks.append(
            words(
                "There were more notes: these are the newest {count}.", count=words.number(len(recap.notes))
            )
        )
    if recap.looked_through is not None:
        remarks.append(
            words(
                "I looked through the newest {count} messages; there may be notes before them.",
                count=words.number(recap.looked_through),
            )
        )
    if recap.hidden:
        remarks.append(
            words(
                "Discord doesn't show me what is in messages here (the message content intent is off): I only see notes in"
                " messages that mention me."
            )
        )
    return [f"-# {remark}" for remark in remarks]
