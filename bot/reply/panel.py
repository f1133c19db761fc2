"""What `/settings` shows: all settings of a server or channel at a glance, each with what it can be set to. Pure.

Everything that can be pressed says what it is about, so that it works after a restart: `rest` of its `Press` is
`<step>.<setting>.<channel>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot import presets, rules
from bot.reply import pages, settings
from bot.reply.controls import Button, Choice, Menu, Picker
from bot.reply.layout import Reply
from bot.reply.press_ids import Action, Press
from bot.rules import SETTINGS, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.presets import Preset
    from bot.reply.catalogue import Words
    from bot.rules import Rules, Setting

_MOST_CHOICES = 25
_MOST_OF_A_LABEL = 100
_REST = re.compile(r"([a-z])\.([a-z-]*)\.([0-9]{1,19})")
OVERVIEW, CHOOSE, PLACE, SET, RESET, FORM, TYPED, UNDO = "o", "c", "p", "v", "d", "f", "t", "u"
"""The steps: all settings, one of them chosen, a channel chosen, a value chosen, set back, the form, the form filled in,
the last change taken back."""
_MOST_OF_AN_OVERVIEW = 1900


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody has pressed."""

    step: str
    setting: str = ""
    channel_id: int = 0
    """0 for the whole server."""

    @property
    def custom_id(self) -> str:
        """As it is written."""
        rest = f"{self.step}.{self.setting}.{self.channel_id}"
        return Press(action=Action.SETTINGS, rest=rest).custom_id


def step_of(rest: str) -> Step | None:
    """What the `rest` of a press says; None for what can't be read."""
    found = _REST.fullmatch(rest)
    if found is None or int(found[3]) >= 2**63:
        return None
    return Step(step=found[1], setting=found[2], channel_id=int(found[3]))


def overview(
    in_force: Rules, offered: Sequence[Preset], words: Words, *, channel_id: int = 0, remark: str = ""
) -> Reply:
    """All settings at a glance.

    Args:
        in_force: the rules of the place.
        offered: the presets there are.
        words: the language.
        channel_id: the channel; 0 for the whole server.
        remark: what is said first.
    """
    settable = _settable(channel_id)
    if channel_id:
        title = words(
            "The settings of {channel}. What is decided here or for the server is bold.",
            channel=f"<#{channel_id}>",
        )
    else:
        title = words("The settings of this server. What is decided here is bold.")
    lines = [_line(setting, in_force, offered, words) for setting in settable]
    menu = Menu(
        custom_id=Step(step=CHOOSE, channel_id=channel_id).custom_id,
        # NOTE: A placeholder: it stands in the list from which one chooses, until one does.
        placeholder=words("Change a setting …"),
        choices=tuple(
            Choice(value=setting.name, label=words(setting.label)[:_MOST_OF_A_LABEL]) for setting in settable
        ),
    )
    place = Picker(
        custom_id=Step(step=PLACE, channel_id=channel_id).custom_id,
        # NOTE: A placeholder: it stands in the list of channels from which one chooses, until one does.
        placeholder=words("Look at the settings of a channel …"),
        of="places",
        most=1,
    )
    buttons = [_button(UNDO, words("Undo the last change"), "↩️", channel_id=channel_id)]
    if channel_id:
        buttons.append(_button(OVERVIEW, words("The whole server"), "🏠"))
    body = "\n".join(lines)
    text = "\n".join(part for part in (remark, title, body) if part)
    if pages.units(text) > pages.PAGE_CHARACTERS:
        text = text[: pages.index_at(text, _MOST_OF_AN_OVERVIEW)] + "…"
    return Reply((text,), menus=(menu, place), buttons=tuple(buttons))


def page(
    setting: Setting[Any],
    in_force: Rules,
    offered: Sequence[Preset],
    words: Words,
    *,
    channel_id: int = 0,
    is_set: bool,
    remark: str = "",
) -> Reply:
    """One setting: what it is, what holds, and what it can be set to.

    Args:
        setting: which.
        in_force: the rules of the place.
        offered: the presets there are.
        words: the language.
        channel_id: the channel; 0 for the whole server.
        is_set: whether it is set exactly there, so that it can be set back.
        remark: what is said first.
    """
    value = settings.said(setting, in_force.of(setting), offered, words)
    source = words(settings.SOURCES[in_force.source(setting)])
    where = f"<#{channel_id}>" if channel_id else words("the whole server")
    lines = [
        remark,
        f"**{words(setting.label)}** · {where}",
        words(setting.help),
        # NOTE: What a setting is set to, and who has set it.
        words("Now: {value} ({source})", value=value, source=source),
    ]
    most = in_force.most(setting)
    if most is not None and isinstance(setting.kind, rules.Number):
        lines.append(words("At most: {most}", most=settings.said(setting, most, offered, words)))
    menus = _menus(setting, in_force, offered, words, channel_id)
    buttons: list[Button] = []
    if isinstance(setting.kind, rules.Number):
        buttons.append(_button(FORM, words("Type a number"), "✏️", setting, channel_id))
    elif isinstance(setting.kind, rules.Asked):
        buttons.append(_button(FORM, words("Type a prompt"), "✏️", setting, channel_id))
    if is_set:
        # NOTE: A button: what was decided here is forgotten.
        buttons.append(_button(RESET, words("Set back"), "🧹", setting, channel_id))
    buttons.append(_button(OVERVIEW, words("All settings"), "⬅️", channel_id=channel_id))
    return Reply(("\n".join(line for line in lines if line),), menus=menus, buttons=tuple(buttons))


def changed(
    setting: Setting[Any],
    before: str,
    after: str,
    words: Words,
    *,
    channel_id: int = 0,
) -> str:
    """What a change came to, as both values are said in words."""
    where = f"<#{channel_id}>" if channel_id else words("the whole server")
    label = words(setting.label)
    if before == after:
        return words("“{label}” ({where}) stays as it is: {value}", label=label, where=where, value=after)
    return words(
        "“{label}” ({where}) is changed: {before} → {after}",
        label=label,
        where=where,
        before=before,
        after=after,
    )


def undone(
    name: str,
    after: str | None,
    before: str | None,
    words: Words,
    *,
    channel_id: int,
    by: int | None,
    at: float,
) -> str:
    """What was taken back.

    Args:
        name: the setting's.
        after: what it was set to, in words; None where it was set back.
        before: what it is set to again, likewise.
        words: the language.
        channel_id: where; 0 for the whole server.
        by: who had changed it, if that is known.
        at: when, in seconds since 1970.
    """
    setting = rules.named(name)
    nothing = words("not set here")
    return words(
        "Taken back: “{label}” ({where}), {after} → {before}. {person} had changed it {when}.",
        label=words(setting.label) if setting else name,
        where=f"<#{channel_id}>" if channel_id else words("the whole server"),
        after=after or nothing,
        before=before or nothing,
        person=f"<@{by}>" if by is not None else words("Somebody"),
        when=f"<t:{int(at)}:R>",
    )


def field_label(setting: Setting[Any], words: Words) -> str:
    """What stands above the field in which a value is typed."""
    match setting.kind:
        case rules.Number(unit=rules.Unit.MINUTES):
            # NOTE: A label in a form, for a number.
            return words("Number of minutes")
        case rules.Number():
            # NOTE: A label in a form, for a number: the speech service's own money.
            return words("Credits")
        case _:
            # NOTE: A label in a form, for a prompt: what the model is told to do with every note.
            return words("What is asked of every note")


def field_value(setting: Setting[Any], in_force: Rules, words: Words) -> str:
    """What stands in the field at first: what is in force, as somebody would type it; empty for no limit and for a preset."""
    if isinstance(setting.kind, rules.Number):
        number = in_force.of(setting)
        return "" if number is None else words.number_to_type(number)
    stored = in_force.stored(setting)
    return "" if rules.preset_in(stored) else stored


def _settable(channel_id: int) -> list[Setting[Any]]:
    return [setting for setting in SETTINGS if not channel_id or setting.scope is Scope.BOTH]


def _line(setting: Setting[Any], in_force: Rules, offered: Sequence[Preset], words: Words) -> str:
    label, value = words(setting.label), settings.said(setting, in_force.of(setting), offered, words)
    # NOTE: A line of a list: a setting, and what it is set to.
    line = words("{label}: {value}", label=label, value=value)
    return f"- **{line}**" if settings.differs(setting, in_force) else f"- {line}"


def _menus(
    setting: Setting[Any], in_force: Rules, offered: Sequence[Preset], words: Words, channel_id: int
) -> tuple[Menu | Picker, ...]:
    custom_id = Step(step=SET, setting=setting.name, channel_id=channel_id).custom_id
    value, kind = in_force.of(setting), setting.kind
    if isinstance(kind, rules.Channels | rules.Roles):
        ids = frozenset[int](value)
        return (
            Picker(
                custom_id=custom_id,
                placeholder=words("none"),
                of="channels" if isinstance(kind, rules.Channels) else "roles",
                most=rules.MOST_IDS,
                least=0,
                chosen=tuple(sorted(ids)),
            ),
        )
    chosen = set(value) if isinstance(kind, rules.Several) else {in_force.stored(setting)}
    suggestions = settings.suggested(setting, in_force, offered, words)
    if isinstance(kind, rules.Several):
        suggestions = [(called, key) for called, key in suggestions if key in kind.options]
    if isinstance(kind, rules.Asked) and not any(name == "preset:transcribe" for _, name in suggestions):
        suggestions.insert(0, (presets.TRANSCRIBE.name, "preset:transcribe"))
    if not suggestions:
        return ()
    several = isinstance(kind, rules.Several)
    return (
        Menu(
            custom_id=custom_id,
            placeholder=words("nothing") if several else words("Choose …"),
            choices=tuple(
                Choice(value=stored, label=called[:_MOST_OF_A_LABEL], chosen=stored in chosen)
                for called, stored in suggestions[:_MOST_CHOICES]
            ),
            least=0 if several else 1,
            most=len(suggestions) if several else 1,
        ),
    )


def _button(
    step: str, label: str, emoji: str, setting: Setting[Any] | None = None, channel_id: int = 0
) -> Button:
    name = setting.name if setting else ""
    return Button(
        custom_id=Step(step=step, setting=name, channel_id=channel_id).custom_id, label=label, emoji=emoji
    )
