"""Buttons, select menus and forms as the page gets them: what people see of them, without custom ids. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sandbox.discord.components import every_component

if TYPE_CHECKING:
    from sandbox.discord.state import Json

_ROW, _BUTTON, _TEXT_INPUT = 1, 2, 4
_SELECTS = {3, 5, 6, 7, 8}
_STYLES = {1: "primary", 3: "success", 4: "danger", 5: "link"}
_PARAGRAPH = 2


def rows(components: list[Json]) -> list[list[Json]]:
    """The rows of buttons and select menus under a message."""
    found = [row for row in every_component(components) if row.get("type") == _ROW]
    return [[control for each in _inner(row) if (control := _control(each))] for row in found]


def form(shown: Json) -> Json:
    """A form (modal): its title, and its fields with their labels."""
    fields: list[Json] = []
    for holder in cast("list[Json]", shown["components"]):
        # A field has its label around it; in older forms it stands in a row and has the label itself.
        for component in [holder["component"]] if "component" in holder else _inner(holder):
            about = {
                "label": holder.get("label") or component.get("label") or "",
                "description": holder.get("description"),
                "required": component.get("required", True),
            }
            if component.get("type") == _TEXT_INPUT:
                fields.append(about | _text(component))
            elif control := _control(component):
                fields.append(about | {"select": control})
    return {"title": shown["title"], "fields": fields}


def _control(component: Json) -> Json | None:
    kind = component.get("type")
    off = bool(component.get("disabled"))
    if kind == _BUTTON:
        return {
            "kind": "button",
            "style": _STYLES.get(component.get("style") or 0, "secondary"),
            "label": component.get("label") or "",
            "emoji": _emoji(component),
            "off": off,
        }
    if kind not in _SELECTS:
        return None
    options = cast("list[Json]", component.get("options") or [])
    return {
        "kind": "select",
        "placeholder": component.get("placeholder") or "",
        "options": [_option(option) for option in options],
        "off": off,
    }


def _option(option: Json) -> Json:
    return {
        "label": option["label"],
        "emoji": _emoji(option),
        "description": option.get("description"),
        "chosen": bool(option.get("default")),
    }


def _text(component: Json) -> Json:
    return {
        "paragraph": component.get("style") == _PARAGRAPH,
        "placeholder": component.get("placeholder") or "",
        "value": component.get("value") or "",
    }


def _emoji(component: Json) -> str | None:
    """An emoji as text: one of a server's own has nothing but a name here."""
    emoji = cast("Json", component.get("emoji") or {})
    name = emoji.get("name")
    return f":{name}:" if name and emoji.get("id") else name


def _inner(component: Json) -> list[Json]:
    return cast("list[Json]", component.get("components") or [])
