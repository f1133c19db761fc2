"""What people enter into a command's options and a form's fields, checked as Discord's client checks it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sandbox.discord import wire
from sandbox.discord.state import Channel, Json, Role, Upload, User

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

OptionValue = str | int | float | bool | User | Channel | Role | Upload

_ATTACHMENT = 11
_TEXT_INPUT = 4
_LABEL = 18
_ACTION_ROW = 1
_TEXT_DISPLAY = 10
_FILE_UPLOAD = 19
_RESOLVED = {
    "id",
    "name",
    "type",
    "last_message_id",
    "nsfw",
    "parent_id",
    "guild_id",
    "flags",
    "rate_limit_per_user",
    "topic",
    "position",
    "thread_metadata",
    "owner_id",
    "member_count",
    "message_count",
    "total_message_sent",
}
"""The fields of a channel that Discord sends with a choice of it."""
_TYPES: dict[int, tuple[type, ...]] = {
    3: (str,),
    4: (int,),
    5: (bool,),
    6: (User,),
    7: (Channel,),
    8: (Role,),
    9: (User, Role),
    10: (int, float),
    _ATTACHMENT: (Upload,),
}


class CannotUseError(Exception):
    """Discord's client would not let this person do that; the message says why."""


class UserInput:
    """The values of one interaction, as JSON. Users, channels, roles and files among them are collected in `resolved`."""

    def __init__(self, world: World, messages: MessageWire, channel: Channel, user: User) -> None:
        self._world = world
        self._messages = messages
        self._channel = channel
        self._user = user
        self.resolved: Json = {}

    def options(
        self, declared: list[Json], options: Mapping[str, OptionValue], *, focused: str | None
    ) -> list[Json]:
        """The options as they are sent. `declared` are the command's, `focused` names the one being typed into, if any.

        Raises:
            CannotUseError: an option is unknown, has a wrong value, or is required and missing (unless one is focused).
        """
        by_name = {option["name"]: option for option in declared}
        if unknown := set(options) - set(by_name):
            raise CannotUseError(f"there are no options {sorted(unknown)}, only {sorted(by_name)}")
        missing = [name for name, option in by_name.items() if option.get("required") and name not in options]
        if missing and focused is None:
            raise CannotUseError(f"the options {missing} are required")
        chosen: list[Json] = []
        for name, value in options.items():
            option = by_name[name]
            if name == focused:
                if not option.get("autocomplete"):
                    raise CannotUseError(f"the option {name!r} offers no choices while typing")
                chosen.append({"type": option["type"], "name": name, "value": value, "focused": True})
                continue
            _check_value(option, value)
            chosen.append({"type": option["type"], "name": name, "value": self._sent(value)})
        return chosen

    def field(self, component: Json, values: Mapping[str, Any]) -> Json:
        """A form's component with the value entered, found in `values` by custom id.

        Raises:
            CannotUseError: a required value is missing, or a text is too long or too short.
        """
        kind: int = component["type"]
        base: Json = {"type": kind, "id": component["id"]}
        if kind == _ACTION_ROW:
            inner = [self.field(item, values) for item in component["components"]]
            return base | {"components": inner}
        if kind == _LABEL:
            return base | {"component": self.field(component["component"], values)}
        if kind == _TEXT_DISPLAY:
            return base
        custom_id: str = component["custom_id"]
        value = values.get(custom_id)
        if not value and component.get("required", True) and not component.get("value"):
            raise CannotUseError(f"the field {custom_id!r} is required")
        if kind == _TEXT_INPUT:
            text = component.get("value", "") if value is None else value
            if len(text) > component.get("max_length", 4000) or len(text) < component.get("min_length", 0):
                raise CannotUseError(f"the text in {custom_id!r} is too long or too short")
            return base | {"custom_id": custom_id, "value": text}
        if kind == _FILE_UPLOAD:
            uploads = cast("list[Upload]", value or [])
            value = [self._sent(upload) for upload in uploads]
        return base | {"custom_id": custom_id, "values": value or []}

    def _sent(self, value: OptionValue) -> str | int | float:
        """The value as it is sent; users, channels, roles and files become ids, and are added to `resolved`."""
        channel, resolved = self._channel, self.resolved
        if isinstance(value, Upload):
            attachment = self._world.attach(value, channel.id, ephemeral=True)
            body = self._messages.attachment(attachment)
            resolved.setdefault("attachments", {})[str(attachment.id)] = body
            return str(attachment.id)
        if isinstance(value, User):
            resolved.setdefault("users", {})[str(value.id)] = wire.user_json(value)
            if channel.guild is not None and (member := channel.guild.members.get(value.id)) is not None:
                resolved.setdefault("members", {})[str(value.id)] = wire.partial_member_json(member) | {
                    "permissions": str(int(self._world.permissions(channel, value)))
                }
            return str(value.id)
        if isinstance(value, Channel):
            resolved.setdefault("channels", {})[str(value.id)] = self._resolved_channel(value)
            return str(value.id)
        if isinstance(value, Role):
            resolved.setdefault("roles", {})[str(value.id)] = wire.role_json(channel.home, value)
            return str(value.id)
        return value

    def _resolved_channel(self, channel: Channel) -> Json:
        """A chosen channel: part of what it is otherwise, what the person may do there and, in its servers, the bot."""
        body = {key: value for key, value in wire.channel_json(channel).items() if key in _RESOLVED}
        body["permissions"] = str(int(self._world.permissions(channel, self._user)))
        if channel.guild is not None and self._world.joined(channel.guild):
            body["app_permissions"] = str(int(self._world.permissions(channel)))
        return body


def _check_value(option: Json, value: OptionValue) -> None:
    """Refuse what Discord's client would not let anyone type."""
    name, kind = option["name"], option["type"]
    wrong_bool = isinstance(value, bool) and bool not in _TYPES[kind]
    if wrong_bool or not isinstance(value, _TYPES[kind]):
        raise CannotUseError(f"the option {name!r} takes no {type(value).__name__}")
    choices = [choice["value"] for choice in cast("list[Json]", option.get("choices") or [])]
    if choices and value not in choices:
        raise CannotUseError(f"the option {name!r} takes one of {choices}")
    if isinstance(value, str):
        size, least, most = len(value), option.get("min_length"), option.get("max_length")
    elif isinstance(value, int | float):
        size, least, most = value, option.get("min_value"), option.get("max_value")
    else:
        if isinstance(value, Channel) and value.kind not in (option.get("channel_types") or [value.kind]):
            raise CannotUseError(f"the option {name!r} takes no {value.kind.name} channel")
        return
    if (least is not None and size < least) or (most is not None and size > most):
        raise CannotUseError(f"{value!r} is out of the range of the option {name!r}")
