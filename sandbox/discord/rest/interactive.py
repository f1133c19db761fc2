"""Checks what people can press, choose from and fill in: buttons, select menus, forms and choices, field by field."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, cast

from sandbox.discord.components import every_component
from sandbox.discord.rest.errors import invalid

if TYPE_CHECKING:
    from sandbox.discord.state import Json

BUTTON = 2
STRING_SELECT = 3
TEXT_INPUT = 4
SELECTS = (3, 5, 6, 7, 8)
_ROW = 1
_TEXT_DISPLAY = 10
_LABEL = 18
_LINK, _PREMIUM = 5, 6
_STYLES = range(1, 7)
_IN_A_ROW = 5
_OPTIONS = 25
_OPTION_TEXT = {"label": 100, "value": 100, "description": 100}
_URL = 512
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_JOINER, _AS_PICTURE = "\u200d", "\ufe0f"
_FIELDS = 5
_TITLE = 45
_CUSTOM_ID = 100
_FIELD_TEXT = {"label": 45, "description": 100}
_INPUT_TEXT = {"placeholder": 100, "value": 4000}
_INPUT_STYLES = (1, 2)
_LONGEST_INPUT = 4000
_CHOICES = 25
_CHOICE_TEXT = 100


def check_interactive(component: Json) -> None:
    """Check a row, a button or a select menu of a message; other components pass.

    Raises:
        ApiError: 50035, naming the field.
    """
    kind = component.get("type")
    if kind == _ROW:
        _check_row(cast("list[Json]", component.get("components") or []))
    elif kind == BUTTON:
        _check_button(component)
    elif kind in SELECTS:
        _check_select(component)


def check_form(form: Json) -> None:
    """Check a form (modal).

    Raises:
        ApiError: 50035, naming the field.
    """
    fields = cast("list[Json]", form.get("components") or [])
    _between("data.components", fields, 1, _FIELDS)
    _between("data.title", form.get("title"), 1, _TITLE)
    _between("data.custom_id", form.get("custom_id"), 1, _CUSTOM_ID)
    ids: set[str] = set()
    for index, field in enumerate(fields):
        path = f"data.components.{index}"
        if field.get("type") not in {_ROW, _LABEL, _TEXT_DISPLAY}:
            raise invalid(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field 'type' is not possible here.")
        if field.get("type") == _LABEL:
            _between(f"{path}.label", field.get("label"), 1, _FIELD_TEXT["label"])
            _texts(path, field, _FIELD_TEXT)
        for inside in every_component([field]):
            if inside.get("type") == TEXT_INPUT:
                _check_input(path, inside, labelled=field.get("type") == _LABEL)
            elif inside.get("type") in SELECTS:
                _check_select(inside)
            if (custom_id := inside.get("custom_id")) is not None:
                if custom_id in ids:
                    raise invalid(path, "COMPONENT_CUSTOM_ID_DUPLICATED", "Custom id cannot be duplicated")
                ids.add(custom_id)


def check_choices(choices: list[Json]) -> None:
    """Check the choices offered for an option that is being typed.

    Raises:
        ApiError: 50035, naming the field.
    """
    _between("data.choices", choices, 0, _CHOICES)
    for index, choice in enumerate(choices):
        _between(f"data.choices.{index}.name", choice.get("name"), 1, _CHOICE_TEXT)
        if isinstance(value := choice.get("value"), str):
            _between(f"data.choices.{index}.value", value, 1, _CHOICE_TEXT)


def _check_row(inside: list[Json]) -> None:
    _between("components", inside, 1, _IN_A_ROW)
    if len(inside) > 1 and any(item.get("type") != BUTTON for item in inside):
        raise invalid(
            "components",
            "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
            "The specified component exceeds the maximum width",
        )


def _check_button(button: Json) -> None:
    style = button.get("style")
    if style not in _STYLES:
        raise invalid("components.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6).")
    if style == _LINK:
        _between("components.url", button.get("url"), 1, _URL)
    elif style != _PREMIUM:
        _between("components.custom_id", button.get("custom_id"), 1, _CUSTOM_ID)
    _check_emoji("components.emoji", button.get("emoji"))
    if style != _PREMIUM and not (button.get("label") or button.get("emoji")):
        raise invalid("components", "BUTTON_COMPONENT_INVALID_LABEL", "A button needs a label or an emoji")


def _check_select(select: Json) -> None:
    _between("components.custom_id", select.get("custom_id"), 1, _CUSTOM_ID)
    least, most = select.get("min_values", 1), select.get("max_values", 1)
    if not 0 <= least <= _OPTIONS or not max(1, least) <= most <= _OPTIONS:
        raise invalid("components.max_values", "NUMBER_TYPE_MAX", "int value is out of range.")
    if select.get("type") != STRING_SELECT:
        return
    options = cast("list[Json]", select.get("options") or [])
    _between("components.options", options, max(1, most), _OPTIONS)
    for index, option in enumerate(options):
        path = f"components.options.{index}"
        _between(f"{path}.label", option.get("label"), 1, _OPTION_TEXT["label"])
        _between(f"{path}.value", option.get("value"), 1, _OPTION_TEXT["value"])
        _texts(path, option, _OPTION_TEXT)
        _check_emoji(f"{path}.emoji", option.get("emoji"))
    if len({option["value"] for option in options}) < len(options):
        raise invalid(
            "components.options", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The value is already used"
        )


def _check_emoji(path: str, emoji: Json | None) -> None:
    """Check that an emoji that is no server's own is one, as far as that can be seen without a table of them all."""
    if emoji is None or emoji.get("id") is not None:
        return
    name: str = emoji.get("name") or ""
    if not (_KEYCAP.fullmatch(name) or _FLAG.fullmatch(name) or all(map(_is_picture, name.split(_JOINER)))):
        raise invalid(f"{path}.name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")


def _is_picture(part: str) -> bool:
    """One symbol, perhaps with what makes a picture of it, and with a skin's tone or a flag's tags."""
    bare = part.replace(_AS_PICTURE, "")
    return (
        bool(bare)
        and unicodedata.category(bare[0]) in {"So", "Cn"}
        and all(unicodedata.category(sign) in {"Sk", "Cf"} for sign in bare[1:])
    )


def _check_input(path: str, field: Json, *, labelled: bool) -> None:
    _between(f"{path}.custom_id", field.get("custom_id"), 1, _CUSTOM_ID)
    if field.get("style") not in _INPUT_STYLES:
        raise invalid(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).")
    if not labelled:
        _between(f"{path}.label", field.get("label"), 1, _FIELD_TEXT["label"])
    _texts(path, field, _INPUT_TEXT)
    least, most = field.get("min_length") or 0, field.get("max_length", _LONGEST_INPUT)
    if not 0 <= least <= _LONGEST_INPUT or not max(1, least) <= most <= _LONGEST_INPUT:
        raise invalid(f"{path}.max_length", "NUMBER_TYPE_MAX", "int value should be between 1 and 4000.")


def _between(path: str, value: Any, least: int, most: int) -> None:
    """Check the length of a text or a list; None counts as empty."""
    length = len(cast("str | list[Json]", value)) if value is not None else 0
    if not least <= length <= most:
        raise invalid(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")


def _texts(path: str, holder: Json, limits: dict[str, int]) -> None:
    for name, limit in limits.items():
        if len(holder.get(name) or "") > limit:
            raise invalid(f"{path}.{name}", "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")
