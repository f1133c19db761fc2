"""The bot's commands as one person is offered them in a channel: in their language, flat, with what each option takes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sandbox.discord.interactions import CommandKind
from sandbox.discord.locales import localised
from sandbox.discord.page import controls

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Json, User
    from sandbox.discord.world import World

_SUBCOMMANDS = {1, 2}
_KINDS = {
    3: "text",
    4: "whole",
    5: "switch",
    6: "users",
    7: "channels",
    8: "roles",
    9: "mentionables",
    10: "number",
    11: "file",
}
_LIMITS = {
    "min_length": "shortest",
    "max_length": "longest",
    "min_value": "least",
    "max_value": "most",
}


def offers(commands: list[Json], channel: Channel, world: World, user: User) -> Json:
    """Of registered commands: `slash`, each subcommand by itself, and `menus`, those of a message.

    `name` is what is sent, `label` what is shown.
    """
    slash: list[Json] = []
    for command in commands:
        if command["type"] == CommandKind.SLASH:
            slash += _flat([command], channel, world, user)
    menus = [
        {"name": command["name"], "label": localised(command, "name", user.locale)}
        for command in commands
        if command["type"] == CommandKind.MESSAGE_MENU
    ]
    return {"slash": sorted(slash, key=lambda each: each["label"]), "menus": menus}


def _flat(path: list[Json], channel: Channel, world: World, user: User) -> list[Json]:
    """The commands at the end of a path of command, group and subcommand."""
    options = cast("list[Json]", path[-1].get("options") or [])
    inner = [option for option in options if option["type"] in _SUBCOMMANDS]
    if inner:
        return [each for option in inner for each in _flat([*path, option], channel, world, user)]
    return [
        {
            "name": " ".join(each["name"] for each in path),
            "label": " ".join(localised(each, "name", user.locale) for each in path),
            "description": localised(path[-1], "description", user.locale),
            "options": [_option(option, channel, world, user) for option in options],
        }
    ]


def _option(option: Json, channel: Channel, world: World, user: User) -> Json:
    kind = _KINDS[option["type"]]
    choices: list[Json] = [
        {"value": choice["value"], "label": localised(choice, "name", user.locale)}
        for choice in cast("list[Json]", option.get("choices") or [])
    ]
    if kind in ("users", "channels", "roles", "mentionables"):
        choices = controls.choosable(kind, channel, world, user, option.get("channel_types"))
    return {
        "name": option["name"],
        "label": localised(option, "name", user.locale),
        "description": localised(option, "description", user.locale),
        "kind": kind,
        "required": bool(option.get("required")),
        "completes": bool(option.get("autocomplete")),
        "choices": choices,
        **{ours: option.get(theirs) for theirs, ours in _LIMITS.items()},
    }
