"""Presets: ready-made things to ask of a recording. Their prompts are in `prompts`, their names for people in `reply`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import prompts

if TYPE_CHECKING:
    from bot.models import VoiceNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A ready-made prompt."""

    name: str
    """By which it is known in keys of the ledger and in buttons: lower case, never changed."""
    emoji: str
    prompt: str
    """With `{language}` where the answer's language goes, by its English name."""
    transcript: bool = False
    """Whether its answer is a transcript: the transcripts of a long note's parts are then all of it, and its language is
    that which is spoken, unless another one is asked for."""

    def worded(self, language: str | None) -> str:
        """The prompt for an answer in a language, by its English name."""
        if self.transcript:
            return prompts.transcribe(language)
        return self.prompt.replace("{language}", language or "the language that is spoken in it")


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
