"""Buttons, select menus and forms as the page gets them: what a person sees of them, and what they send back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sandbox.discord.components import every_component

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Json, User
    from sandbox.discord.world import World

_ROW, _BUTTON, _TEXT_INPUT, _TEXT_DISPLAY, _FILE_UPLOAD = 1, 2, 4, 10, 19
_STRINGS = 3
_ENTITIES = {5: "users", 6: "roles", 7: "mentionables", 8: "channels"}
_STYLES = {1: "primary", 3: "success", 4: "danger", 5: "link"}
_PARAGRAPH = 2
_LONGEST = 4000


def rows(components: list[Json], channel: Channel, world: World, viewer: User) -> list[list[Json]]:
    """The rows of buttons and select menus under a message in that channel, for one person."""
    found = [row for row in every_component(components) if row.get("type") == _ROW]
    return [
        [control for each in _inner(row) if (control := _control(each, channel, world, viewer))]
        for row in found
    ]


def form(shown: Json, channel: Channel, world: World, viewer: User) -> Json:
    """A form (modal): its title, and its fields with their labels."""
    fields: list[Json] = []
    for holder in cast("list[Json]", shown["components"]):
        if holder.get("type") == _TEXT_DISPLAY:
            fields.append({"kind": "words", "label": holder.get("content") or ""})
            continue
        # A field has its label around it; in older forms it stands in a row and has the label itself.
        for component in [holder["component"]] if "component" in holder else _inner(holder):
            about = {
                "label": holder.get("label") or component.get("label") or "",
                "description": holder.get("description"),
                "required": component.get("required", True),
                "custom_id": component.get("custom_id"),
            }
            if component.get("type") == _TEXT_INPUT:
                fields.append(about | _text(component))
            elif component.get("type") == _FILE_UPLOAD:
                fields.append(about | {"kind": "files", "most": component.get("max_values", 1)})
            elif control := _control(component, channel, world, viewer):
                fields.append(about | {"kind": "select", "select": control})
    return {"title": shown["title"], "fields": fields}


def choosable(
    kinds: str, channel: Channel, world: World, viewer: User, types: list[int] | None
) -> list[Json]:
    """What of a server can be chosen: `users`, `roles`, `mentionables` (both) or `channels` (of those types, if any)."""
    guild = channel.guild
    if kinds == "mentionables":
        return [
            each for both in ("users", "roles") for each in choosable(both, channel, world, viewer, types)
        ]
    if kinds == "users":
        users = [member.user for member in guild.members.values()] if guild else channel.recipients
        return [{"value": str(user.id), "label": f"@{user.name}"} for user in users]
    if guild is None:
        return []
    if kinds == "roles":
        return [{"value": str(role.id), "label": role.name} for role in guild.roles]
    return [
        {"value": str(each.id), "label": f"#{each.name}"}
        for each in guild.channels.values()
        if (not types or each.kind in types) and world.permissions(each, viewer)
    ]


def _control(component: Json, channel: Channel, world: World, viewer: User) -> Json | None:
    kind = component.get("type")
    about = {"custom_id": component.get("custom_id"), "off": bool(component.get("disabled"))}
    if kind == _BUTTON:
        return about | {
            "kind": "button",
            "style": _STYLES.get(component.get("style") or 0, "secondary"),
            "label": component.get("label") or "",
            "emoji": _emoji(component),
            "url": component.get("url"),
        }
    if kind != _STRINGS and kind not in _ENTITIES:
        return None
    return about | {
        "kind": "select",
        "placeholder": component.get("placeholder") or "",
        "least": component.get("min_values", 1),
        "most": component.get("max_values", 1),
        "options": _options(component, channel, world, viewer),
    }


def _options(select: Json, channel: Channel, world: World, viewer: User) -> list[Json]:
    kind = select["type"]
    if kind == _STRINGS:
        return [_option(option) for option in cast("list[Json]", select.get("options") or [])]
    offered = choosable(_ENTITIES[kind], channel, world, viewer, select.get("channel_types"))
    chosen = {str(each["id"]) for each in cast("list[Json]", select.get("default_values") or [])}
    return [option | {"chosen": option["value"] in chosen} for option in offered]


def _option(option: Json) -> Json:
    return {
        "value": option["value"],
        "label": option["label"],
        "emoji": _emoji(option),
        "description": option.get("description"),
        "chosen": bool(option.get("default")),
    }


def _text(component: Json) -> Json:
    return {
        "kind": "text",
        "paragraph": component.get("style") == _PARAGRAPH,
        "placeholder": component.get("placeholder") or "",
        "value": component.get("value") or "",
        "least": component.get("min_length", 0),
        "most": component.get("max_length", _LONGEST),
    }


def _emoji(component: Json) -> str | None:
    """An emoji as text: one of a server's own has nothing but a name here."""
    emoji = cast("Json", component.get("emoji") or {})
    name = emoji.get("name")
    return f":{name}:" if name and emoji.get("id") else name


def _inner(component: Json) -> list[Json]:
    return cast("list[Json]", component.get("components") or [])
