"""What /status says: what would happen to a note here, each setting, and who set it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import presets, rules
from bot.facts import SPOKEN, Item, Listening
from bot.marking import marked as _
from bot.models import ChannelKind
from bot.reply import languages, pages, settings
from bot.reply.controls import preset_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.facts import Facts, Row
    from bot.reply.catalogue import Words

_MOST_OF_A_PROMPT = 200
_LISTENING = {
    Listening.IN_THREADS: _("I answer every voice note and audio file here, in a thread on it."),
    Listening.IN_PLACE: _("I answer every voice note and audio file here, in place."),
    Listening.BESIDE: _(
        "I answer every voice note and audio file here in a reply, because I may not open threads or not write in them."
    ),
    Listening.ON_REQUEST: _(
        "I put a button below every voice note and audio file here, and answer those for which somebody presses it."
    ),
    Listening.OFF: _(
        "This server has decided that I answer no notes here by myself. The commands and menus work."
    ),
    Listening.BARRED: _("This server has decided that I hear nothing in this channel."),
    Listening.IN_PRIVATE: _(
        "I may not write here, so I answer voice notes and audio files in direct messages to who posts them."
    ),
    Listening.MENTIONS: _(
        "I answer voice notes and audio files here if their message mentions me: Discord doesn't show me other messages (the"
        " message content intent is off)."
    ),
    Listening.NO_ACCESS: _(
        "I can't see this channel, so I answer no notes here by myself. The commands and menus work."
    ),
    Listening.NO_MEMBER: _(
        "I'm no member of this server, so I answer no notes here by myself. The commands and menus work."
    ),
    Listening.NO_PART: _(
        "I take no part in this conversation, so I answer no notes here by myself. The commands and menus work."
    ),
}


def _prompt(row: Row, words: Words) -> str:
    return settings.asked(str(row.value), (), words, _MOST_OF_A_PROMPT)


def _names(row: Row, words: Words) -> str:  # noqa: ARG001 - as all of them
    values = row.value if isinstance(row.value, tuple) else (str(row.value),)
    return ", ".join(f"`{value.replace('`', '')}`" for value in values)


def _presets(row: Row, words: Words) -> str:
    values = row.value if isinstance(row.value, tuple) else ()
    if not values:
        return words("none, because the model here only transcribes")
    known = [(name, presets.named(name)) for name in values]
    return ", ".join(preset_name(preset, words) if preset else pages.plain(name) for name, preset in known)


def _language(row: Row, words: Words) -> str:
    return languages.name(languages.normal(str(row.value)), words.locale)


def _answers(row: Row, words: Words) -> str:
    if row.value == SPOKEN:
        return words("that which is spoken in it")
    return words("as the prompt asks")


def _duration(row: Row, words: Words) -> str:
    return words.duration(row.value if isinstance(row.value, int | float) else 0)


def _size(row: Row, words: Words) -> str:
    return words.megabytes(int(row.value) if isinstance(row.value, int | float) else 0)


def _questions(row: Row, words: Words) -> str:
    return settings.said(rules.QUESTIONS, str(row.value), (), words)


_SAID: dict[Item, tuple[str, Callable[[Row, Words], str]]] = {
    # NOTE: This and the following are labels of lines, before a colon.
    Item.PROMPT: (_("What is asked of a note"), _prompt),
    Item.MODEL: (_("Model"), _names),
    Item.FALLBACK_MODELS: (_("Models if that one can't answer"), _names),
    Item.TEXT_MODEL: (_("Model for what is more than a transcript"), _names),
    Item.PRESETS: (_("What else can be asked"), _presets),
    Item.QUESTIONS: (_("Messages answered as questions"), _questions),
    Item.SENTENCES: (_("Language of what I say to all"), _language),
    Item.ANSWERS: (_("Language of the answer to a note"), _answers),
    Item.FORMATS: (_("Formats sent as they are (I convert all others)"), _names),
    Item.LONGEST_NOTE: (_("Longest note"), _duration),
    Item.LARGEST_FILE: (_("Largest file"), _size),
}
"""How each row is worded: its label, and its value."""


def status(facts: Facts, words: Words) -> str:
    """The answer to /status."""
    lines = [listening(facts.listening, words)]
    if facts.missing:
        lines.append(lacking(facts.missing, words))
    lines.append(_bullets(facts, words))
    return "\n".join(lines)


def listening(state: Listening, words: Words) -> str:
    """What becomes of a note in a place, and why."""
    return words(_LISTENING[state])


def lacking(missing: Sequence[str], words: Words) -> str:
    """Which permissions are missing in a place, by Discord's names."""
    named = ", ".join(f"“{words(permission)}”" for permission in missing)
    return words("Permissions I lack here: {permissions}.", permissions=named)


def _said(row: Row, words: Words) -> tuple[str, str]:
    """A row's label, and its value."""
    setting = rules.named(row.name)
    if row.name in _SAID or setting is None:
        label, value_of = _SAID[Item(row.name)]
        return words(label), value_of(row, words)
    return words(setting.label), settings.said(setting, setting.kind.read(str(row.value)), (), words)


def _bullets(facts: Facts, words: Words) -> str:
    lines: list[str] = []
    for row in facts.rows:
        if row.name is Item.SENTENCES and facts.place.channel_kind is ChannelKind.DIRECT:
            # What one person reads is in theirs, as this is.
            continue
        label, value = _said(row, words)
        source = words(settings.SOURCES[row.source])
        # NOTE: A line of a list: what, its value, and who set that.
        lines.append(words("- {label}: {value} ({source})", label=label, value=value, source=source))
    return "\n".join(lines)
