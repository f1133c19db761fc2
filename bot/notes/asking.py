"""Has more asked of a recording that somebody can see: by a button, a form, a flag or a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import asks, presets
from bot.models import Prompt, PromptSource
from bot.reply import languages

if TYPE_CHECKING:
    from bot.models import Question
    from bot.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to know about a recording."""

    ask: str
    """Its key: whoever wants the same is given the same answer."""
    prompt: Prompt
    asked_by: int | None
    question: Question | None = None
    called: str | None = None
    """What a server calls its own preset, where one is asked for."""


def preset(wanted: Preset, language: str | None, asked_by: int | None) -> Wanted:
    """A preset.

    Args:
        wanted: the preset.
        language: the tag of its answer's language; None for one that names none.
        asked_by: the person.
    """
    named = languages.english_name(language) if language else None
    return Wanted(
        ask=asks.preset(wanted.key, language),
        prompt=Prompt(text=wanted.worded(named), source=PromptSource.COMMAND),
        asked_by=asked_by,
        called=" ".join(filter(None, (wanted.emoji, wanted.title))) if wanted.title else None,
    )


def translation(language: str, asked_by: int | None) -> Wanted:
    """A translation into a language, by its tag."""
    return preset(presets.TRANSLATE, language, asked_by)


def typed(question: str, interaction_id: int, asked_by: int) -> Wanted:
    """A question that was typed into a form."""
    prompt = Prompt(text=question.strip(), source=PromptSource.COMMAND)
    return Wanted(ask=asks.typed(interaction_id), prompt=prompt, asked_by=asked_by)


def asked_in(question: Question, asked_by: int) -> Wanted:
    """A question that is a message. Its words are read when it is answered."""
    prompt = Prompt(text="", source=PromptSource.COMMAND)
    return Wanted(ask=asks.question(question.message_id), prompt=prompt, asked_by=asked_by, question=question)
