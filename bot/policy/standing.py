"""What holds for notes in one place, with who set it: a pure function of the settings and of what Discord tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import prompts, rules
from bot.facts import SPOKEN, Facts, Item, Listening, Place, Row, Source
from bot.models import ChannelKind, PromptSource
from bot.policy.gate import may_be_heard_in
from bot.rules import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.models import Prompt
    from bot.presets import Preset
    from bot.rules import Rules
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
_ROWS_OF_THEIR_OWN = (rules.PROMPT, rules.MODEL, rules.QUESTIONS, rules.LONGEST_NOTE)
_PROMPT_SOURCES = {
    PromptSource.COMMAND: Source.COMMAND,
    PromptSource.CHANNEL: Source.CHANNEL,
    PromptSource.SERVER: Source.SERVER,
}


def facts(
    settings: Settings, place: Place, in_force: Rules, prompt: Prompt, offered: Sequence[Preset]
) -> Facts:
    """All that holds in a place.

    Args:
        settings: the operator's.
        place: where.
        in_force: the rules there.
        prompt: the one in force there.
        offered: the presets that the model can follow.
    """
    state, missing = expectation(place, in_force)
    return Facts(
        place=place,
        listening=state,
        missing=missing,
        rows=(*_rows(settings, place, in_force, prompt, offered), *_decided(in_force)),
    )


def expectation(place: Place, in_force: Rules) -> tuple[Listening, tuple[str, ...]]:
    """What becomes of a note in a place, and which permissions there is a use for and the bot lacks."""
    missing = _missing(place)
    return _listening(place, in_force, missing), missing


def _decided(in_force: Rules) -> list[Row]:
    """A row for each other setting that somebody has set."""
    return [
        Row(setting.name, in_force.stored(setting), in_force.source(setting))
        for setting in SETTINGS
        if setting not in _ROWS_OF_THEIR_OWN and in_force.source(setting) is not Source.DEFAULT
    ]


def _rows(
    settings: Settings, place: Place, in_force: Rules, prompt: Prompt, offered: Sequence[Preset]
) -> tuple[Row, ...]:
    def of(*variables: str) -> Source:
        return Source.OPERATOR if settings.model_fields_set & set(variables) else Source.DEFAULT

    spoken = Source.PERSON if place.channel_kind is ChannelKind.DIRECT else Source.SERVER
    here = Source.OPERATOR if settings.only_transcribes else Source.DEFAULT
    asked = _PROMPT_SOURCES.get(prompt.source) or of("prompt")
    # What stands first, is seen first: what the model is asked, which it is, and what else there is.
    rows = (
        Row(Item.PROMPT, prompt.text, asked),
        Row(Item.ANSWERS, SPOKEN if prompts.wants_transcript(prompt.text) else "asked", asked),
        Row(Item.MODEL, in_force.of(rules.MODEL), in_force.source(rules.MODEL)),
        Row(Item.FALLBACK_MODELS, settings.openroute_fallback_models, of("openroute_fallback_models")),
        Row(Item.TEXT_MODEL, _text_model(settings), of("local_text_model")),
        Row(Item.PRESETS, tuple(preset.title or preset.name for preset in offered), here),
        Row(
            Item.QUESTIONS,
            in_force.of(rules.QUESTIONS) if offered else "off",
            in_force.source(rules.QUESTIONS) if offered else here,
        ),
        Row(Item.SENTENCES, place.locale, spoken),
        Row(Item.FORMATS, settings.audio_formats, of("audio_formats")),
        Row(
            Item.LONGEST_NOTE,
            (in_force.of(rules.LONGEST_NOTE) or 0) * 60,
            in_force.source(rules.LONGEST_NOTE),
        ),
        Row(Item.LARGEST_FILE, settings.max_file_mb * 1e6, of("max_file_mb")),
    )
    untold = {Item.FALLBACK_MODELS, Item.TEXT_MODEL}
    if in_force.of(rules.LANGUAGE):
        # It has a row of its own, with its language.
        rows = tuple(row for row in rows if row.name is not Item.ANSWERS)
    return tuple(row for row in rows if row.value or row.name not in untold)


def _text_model(settings: Settings) -> str:
    return (settings.local_text_model or "") if settings.heard_here and settings.local_text_url else ""


def _missing(place: Place) -> tuple[str, ...]:
    """What the bot lacks. Where it is no member, it posts nothing but answers to commands."""
    return lacking(place.channel_kind, place.granted) if place.member else ()


def lacking(kind: ChannelKind, granted: Collection[str]) -> tuple[str, ...]:
    """The permissions that there is a use for in a channel where the bot is a member, and that it does not have.

    Args:
        kind: the channel's.
        granted: those it has, as Discord names them.
    """
    if kind is ChannelKind.DIRECT:
        return ()
    return tuple(permission for permission in (*_READING, *_NEEDED[kind]) if permission not in granted)


def _listening(  # noqa: PLR0911 - one a case
    place: Place, in_force: Rules, missing: Sequence[str]
) -> Listening:
    lacks = set(missing)
    if place.channel_kind is ChannelKind.DIRECT:
        return Listening.IN_PLACE if place.member else Listening.NO_PART
    if not place.member:
        return Listening.NO_MEMBER
    if lacks & {"View Channel", "Connect"}:
        return Listening.NO_ACCESS
    if not may_be_heard_in(in_force, place.channel_ids):
        return Listening.BARRED
    if not in_force.of(rules.LISTENING):
        return Listening.OFF
    if not place.content:
        return Listening.MENTIONS
    answers = in_force.of(rules.ANSWERS)
    if place.channel_kind is ChannelKind.TEXT and answers == "thread" and not lacks & _THREADS:
        return Listening.IN_THREADS
    writing = "Send Messages in Threads" if place.channel_kind is ChannelKind.THREAD else "Send Messages"
    # Beside a note, an answer is a reply: Discord takes none from who may not read what was said before.
    if lacks & {writing, "Read Message History"}:
        return Listening.IN_PRIVATE
    if answers != "thread":
        return Listening.ON_REQUEST if answers == "button" else Listening.IN_PLACE
    return Listening.BESIDE if place.channel_kind is ChannelKind.TEXT else Listening.IN_PLACE
