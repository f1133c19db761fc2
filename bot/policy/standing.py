"""What holds for notes in one place, with who set it: a pure function of the settings and of what Discord tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import prompts
from bot.facts import SPOKEN, Facts, Item, Listening, Place, Row, Source
from bot.models import ChannelKind, PromptSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Prompt
    from bot.presets import Preset
    from bot.settings import Settings

_READING = ("View Channel", "Read Message History")
_NEEDED = {
    ChannelKind.TEXT: ("Send Messages", "Create Public Threads", "Send Messages in Threads", "Attach Files"),
    ChannelKind.THREAD: ("Send Messages in Threads", "Attach Files"),
    ChannelKind.VOICE: ("Connect", "Send Messages", "Attach Files"),
    ChannelKind.DIRECT: (),
}
"""The permissions there is a use for, by the kind of channel, besides those for reading."""
_THREADS = {"Create Public Threads", "Send Messages in Threads"}
_PROMPT_SOURCES = {
    PromptSource.COMMAND: Source.COMMAND,
    PromptSource.CHANNEL: Source.CHANNEL,
    PromptSource.SERVER: Source.SERVER,
}


def facts(settings: Settings, place: Place, prompt: Prompt, offered: Sequence[Preset]) -> Facts:
    """All that holds in a place.

    Args:
        settings: the operator's.
        place: where.
        prompt: the one in force there.
        offered: the presets that the model can follow.
    """
    state, missing = expectation(place)
    return Facts(
        place=place,
        listening=state,
        missing=missing,
        rows=_rows(settings, place, prompt, offered),
    )


def expectation(place: Place) -> tuple[Listening, tuple[str, ...]]:
    """What becomes of a note in a place, and which permissions there is a use for and the bot lacks."""
    missing = _missing(place)
    return _listening(place, missing), missing


def _rows(settings: Settings, place: Place, prompt: Prompt, offered: Sequence[Preset]) -> tuple[Row, ...]:
    def of(*variables: str) -> Source:
        return Source.OPERATOR if settings.model_fields_set & set(variables) else Source.DEFAULT

    spoken = Source.PERSON if place.channel_kind is ChannelKind.DIRECT else Source.SERVER
    here = Source.OPERATOR if settings.only_transcribes else Source.DEFAULT
    asked = _PROMPT_SOURCES.get(prompt.source) or of("prompt")
    # What stands first, is seen first: what the model is asked, which it is, and what else there is.
    rows = (
        Row(Item.PROMPT, prompt.text, asked),
        Row(Item.ANSWERS, SPOKEN if prompts.wants_transcript(prompt.text) else "asked", asked),
        Row(Item.MODEL, settings.openroute_model, of("openroute_model")),
        Row(Item.FALLBACK_MODELS, settings.openroute_fallback_models, of("openroute_fallback_models")),
        Row(Item.TEXT_MODEL, _text_model(settings), of("local_text_model")),
        Row(Item.PRESETS, tuple(preset.title or preset.name for preset in offered), here),
        Row(Item.QUESTIONS, settings.questions if offered else "off", of("questions") if offered else here),
        Row(Item.SENTENCES, place.locale, spoken),
        Row(Item.FORMATS, settings.audio_formats, of("audio_formats")),
        Row(Item.LONGEST_NOTE, settings.max_minutes * 60, of("max_minutes")),
        Row(Item.LARGEST_FILE, settings.max_file_mb * 1e6, of("max_file_mb")),
    )
    untold = {Item.FALLBACK_MODELS, Item.TEXT_MODEL}
    return tuple(row for row in rows if row.value or row.name not in untold)


def _text_model(settings: Settings) -> str:
    return (settings.local_text_model or "") if settings.heard_here and settings.local_text_url else ""


def _missing(place: Place) -> tuple[str, ...]:
    """What the bot lacks. Where it is no member, it posts nothing but answers to commands."""
    if not place.member or place.channel_kind is ChannelKind.DIRECT:
        return ()
    needed = (*_READING, *_NEEDED[place.channel_kind])
    return tuple(permission for permission in needed if permission not in place.granted)


def _listening(place: Place, missing: Sequence[str]) -> Listening:  # noqa: PLR0911 - one a case
    lacks = set(missing)
    if place.channel_kind is ChannelKind.DIRECT:
        return Listening.IN_PLACE if place.member else Listening.NO_PART
    if not place.member:
        return Listening.NO_MEMBER
    if lacks & {"View Channel", "Connect"}:
        return Listening.NO_ACCESS
    if not place.content:
        return Listening.MENTIONS
    if place.channel_kind is ChannelKind.TEXT and not lacks & _THREADS:
        return Listening.IN_THREADS
    writing = "Send Messages in Threads" if place.channel_kind is ChannelKind.THREAD else "Send Messages"
    # Beside a note, an answer is a reply: Discord takes none from who may not read what was said before.
    if lacks & {writing, "Read Message History"}:
        return Listening.IN_PRIVATE
    return Listening.BESIDE if place.channel_kind is ChannelKind.TEXT else Listening.IN_PLACE
