"""Presets: ready-made things to ask of a recording, built in or made by a server. Pure.

The prompts of those that are built in are in `prompts`, their names for people in `reply`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import asks, prompts

if TYPE_CHECKING:
    from bot.models import VoiceNote


MOST_OWN = 25
"""A server may have as many of its own."""
MOST_TITLE = 32
"""Characters."""
MOST_EMOJI = 32
"""Characters of which one emoji is made."""
_OWN = re.compile(r"own-([0-9a-z]{1,13})(?:\.[0-9a-z]{1,13})?")
_LANGUAGE = "{language}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A ready-made prompt."""

    name: str
    """By which it is known in buttons: lower case, never changed."""
    emoji: str | None
    prompt: str
    """With `{language}` where the answer's language goes, by its English name; a server's own may be without it."""
    transcript: bool = False
    """Whether its answer is a transcript: the transcripts of a long note's parts are then all of it, and its language is
    that which is spoken, unless another one is asked for."""
    title: str | None = None
    """What the server calls it that made it; None for one that is built in."""
    revision: int = 0
    """How often its prompt was changed."""

    @property
    def key(self) -> str:
        """By which it is known in keys of the ledger: with another prompt, something else is asked."""
        return f"{self.name}.{asks.base36(self.revision)}" if self.revision else self.name

    @property
    def names_language(self) -> bool:
        """Whether its prompt says in which language to answer."""
        return not self.transcript and _LANGUAGE in self.prompt

    def worded(self, language: str | None) -> str:
        """The prompt for an answer in a language, by its English name."""
        if self.transcript:
            return prompts.transcribe(language)
        if not self.names_language:
            return prompts.in_language(self.prompt, language)
        return self.prompt.replace(_LANGUAGE, language or "the language that is spoken in it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody wants a server's preset to be, cleaned of white space that means nothing."""

    title: str
    emoji: str | None
    prompt: str

    @classmethod
    def typed(cls, title: str, emoji: str, prompt: str) -> Draft:
        """As somebody typed it; the title and the prompt may be empty."""
        plain = " ".join(unicodedata.normalize("NFC", title).split())
        return cls(title=plain, emoji=emoji.strip() or None, prompt=prompt.strip())


def own(number: int, *, title: str, emoji: str | None, prompt: str, revision: int) -> Preset:
    """A preset that a server has made, by the number that it has in the database."""
    return Preset(
        name=f"own-{asks.base36(number)}", title=title, emoji=emoji, prompt=prompt, revision=revision
    )


def own_number(name: str) -> int | None:
    """The number of a server's preset, by its name or key; None for what is none."""
    found = _OWN.fullmatch(name)
    return int(found[1], 36) if found else None


def plain_name(key: str) -> str:
    """The name of a preset, by its key."""
    return key.partition(".")[0]


def same_name(one: str, other: str) -> bool:
    """Whether people would take two names for the same."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


TRANSCRIBE = Preset(name="transcribe", emoji="📝", prompt=prompts.TRANSCRIBE, transcript=True)
SUMMARY = Preset(name="summary", emoji="✨", prompt=prompts.SUMMARY)
TODOS = Preset(name="todos", emoji="✅", prompt=prompts.TODOS)
MINUTES = Preset(name="minutes", emoji="🗒️", prompt=prompts.MINUTES)
TRANSLATE = Preset(name="translate", emoji="🌐", prompt=prompts.TRANSLATE)
REPLY = Preset(name="reply", emoji="💬", prompt=prompts.REPLY)
BUILT_IN = (TRANSCRIBE, SUMMARY, TODOS, MINUTES, TRANSLATE, REPLY)
"""In the order in which people are offered them."""
_BY_NAME = {preset.name: preset for preset in BUILT_IN}


def named(name: str) -> Preset | None:
    """The preset of that name; None if there is none (any more)."""
    return _BY_NAME.get(name)


def transcribes(note: VoiceNote) -> bool:
    """Whether what is asked of a note is a transcript, by whatever way."""
    return prompts.wants_transcript(note.prompt.text)
