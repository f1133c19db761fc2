"""What people read of a server's settings: each value in words, and what they type as a value. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from bot import errors, presets, prompts, rules
from bot.facts import Source
from bot.marking import marked as _
from bot.reply import languages, pages
from bot.reply.controls import preset_name
from bot.reply.quantities import quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bot.presets import Preset
    from bot.reply.catalogue import Words
    from bot.rules import Rules, Setting

_MOST_NAMED = 5
"""Of channels and roles, so many are named in a line."""
_MOST_OF_A_PROMPT = 80
_PRESET = "preset:"
SOURCES: dict[Source, str] = {
    # NOTE: This and the next six say who has set something: they stand behind it in brackets.
    Source.COMMAND: _("the command"),
    Source.PERSON: _("your Discord"),
    Source.THREAD: _("the thread"),
    Source.CHANNEL: _("the channel"),
    Source.SERVER: _("the server"),
    Source.OPERATOR: _("who runs me"),
    Source.DEFAULT: _("default"),
}
_ON = {"on", "yes", "true", "1"}
_OFF = {"off", "no", "false", "0", "none"}


def said(setting: Setting[Any], value: Any, offered: Sequence[Preset], words: Words) -> str:  # noqa: PLR0911 - one a kind
    """A value in words, in one line.

    Args:
        setting: what it is a value of.
        value: as `Rules.of` gives it.
        offered: the presets there are.
        words: the language.
    """
    match setting.kind:
        case rules.Switch():
            return words("on") if value else words("off")
        case rules.Choice(options=options):
            return words(options[value])
        case rules.Several(options=options):
            return ", ".join(words(options[each]) for each in value) or words("nothing")
        case rules.Number(unit=unit):
            return quantity(value, unit, words)
        case rules.Channels():
            return _mentions(value, "<#{}>", words)
        case rules.Roles():
            return _mentions(value, "<@&{}>", words)
        case rules.Language():
            return languages.name(value, words.locale) if value else words("that which is spoken")
        case rules.Asked():
            return asked(value, offered, words)
        case _:
            return f"`{str(value).replace('`', '')}`"


def asked(text: str, offered: Sequence[Preset], words: Words, most: int = _MOST_OF_A_PROMPT) -> str:
    """A prompt in one line: the preset that it is, or its first words."""
    if (name := rules.preset_in(text)) is not None:
        preset = next((each for each in offered if each.name == name), presets.named(name))
        if preset is None:
            return words("a preset that is gone")
        return _named(preset, words)
    if prompts.wants_transcript(text):
        return _named(presets.TRANSCRIBE, words)
    line = " ".join(text.split())
    return f"“{pages.plain(line if len(line) <= most else line[: most - 1] + '…')}”"


def understood(
    setting: Setting[Any], typed: str, in_force: Rules, offered: Sequence[Preset], words: Words
) -> str:
    """What somebody types as a value, as it is stored.

    Args:
        setting: what it is to be a value of.
        typed: a value as it is stored, or as it is called in the person's language or in English.
        in_force: the rules of the place, with the most that may be set.
        offered: the presets there are.
        words: the person's language.

    Raises:
        ValueUnusable: it is no value of that setting.
        ValueTooHigh: it is more than the operator allows.
    """
    text = typed.strip()
    stored = _stored(setting, text, in_force, offered, words)
    try:
        value = None if stored is None else setting.kind.read(stored)
    except rules.Unusable:
        stored = value = None
    if stored is None:
        raise errors.ValueUnusable(setting.name)
    most = in_force.most(setting)
    if most is not None and isinstance(value, float) and value > most:
        raise errors.ValueTooHigh(setting.name, most)
    return setting.kind.write(value)


def suggested(  # noqa: PLR0911 - one a kind
    setting: Setting[Any], in_force: Rules, offered: Sequence[Preset], words: Words
) -> list[tuple[str, str]]:
    """Values to choose from while somebody types one: what each is called, and how it is stored. Empty where any text goes."""
    match setting.kind:
        case rules.Switch():
            return [(words("on"), "on"), (words("off"), "off")]
        case rules.Choice(options=options):
            return [(words(called), key) for key, called in options.items()]
        case rules.Several(options=options):
            found = [(words(called), key) for key, called in options.items()]
            every = ", ".join(words(called) for called in options.values())
            return [*found, (every, ",".join(options)), (words("nothing"), "")]
        case rules.Language():
            spoken = (words("that which is spoken"), setting.kind.write(None))
            return [spoken, *((languages.name(tag, words.locale), tag) for tag in languages.OFFERED)]
        case rules.Asked():
            return [(_named(preset, words), f"{_PRESET}{preset.name}") for preset in offered]
        case rules.Model():
            return [(model, model) for model in in_force.models]
        case _:
            return []


def differs(setting: Setting[Any], in_force: Rules) -> bool:
    """Whether what holds is something that the server has decided, and not as it would be otherwise."""
    return in_force.source(setting) in {Source.THREAD, Source.CHANNEL, Source.SERVER}


def _stored(  # noqa: C901, PLR0911, PLR0912 - one a kind
    setting: Setting[Any], text: str, in_force: Rules, offered: Sequence[Preset], words: Words
) -> str | None:
    wanted = text.casefold()
    match setting.kind:
        case rules.Switch():
            if wanted in {*_ON, words("on").casefold()}:
                return "on"
            return "off" if wanted in {*_OFF, words("off").casefold()} else None
        case rules.Choice(options=options):
            return _key(wanted, options, words)
        case rules.Several(options=options):
            if wanted in {"", *_OFF, words("nothing").casefold()}:
                return ""
            keys = [_key(part.strip(), options, words) for part in wanted.split(",") if part.strip()]
            return None if None in keys else ",".join(cast("list[str]", keys))
        case rules.Number():
            return words.typed_number(text)
        case rules.Channels():
            return _ids(text, "<#")
        case rules.Roles():
            return _ids(text, "<@&")
        case rules.Language():
            if wanted in {setting.kind.write(None), words("that which is spoken").casefold()}:
                return setting.kind.write(None)
            return languages.find(text, words.locale)
        case rules.Asked():
            return _prompt(text, offered, words)
        case rules.Model():
            return next((model for model in in_force.models if model.casefold() == wanted), None)
        case _:
            return text


def _key(wanted: str, options: Mapping[str, str], words: Words) -> str | None:
    """The key of what somebody calls one of some options."""
    for key, called in options.items():
        if wanted in {key, called.casefold(), words(called).casefold()}:
            return key
    return None


def _prompt(text: str, offered: Sequence[Preset], words: Words) -> str:
    """A prompt; that of a preset, where somebody types what it is called."""
    wanted = text.casefold()
    for preset in (*offered, presets.TRANSCRIBE):
        names = {preset_name(preset, words).casefold(), _named(preset, words).casefold()}
        if wanted in {f"{_PRESET}{preset.name}", *names}:
            return f"{_PRESET}{preset.name}"
    return text


def _ids(text: str, opening: str) -> str:
    """Ids out of mentions or bare, separated by commas or spaces."""
    if text.casefold() in _OFF:
        return ""
    parts = text.replace(",", " ").replace("><", "> <").split()
    return ",".join(part.removeprefix(opening).removesuffix(">") for part in parts)


def _mentions(ids: Iterable[int], form: str, words: Words) -> str:
    found = sorted(ids)
    if not found:
        return words("none")
    named = ", ".join(form.format(each) for each in found[:_MOST_NAMED])
    more = len(found) - _MOST_NAMED
    return named if more <= 0 else words("{named} and {count} more", named=named, count=words.number(more))


def _named(preset: Preset, words: Words) -> str:
    return " ".join(filter(None, (preset.emoji, preset_name(preset, words))))
