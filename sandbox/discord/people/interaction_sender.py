"""Sends interactions to the bot: a person uses a command, button or form, as far as Discord's client would let them."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from sandbox.discord import changes
from sandbox.discord.components import every_component
from sandbox.discord.interactions import CommandKind, Interaction, context_of
from sandbox.discord.kinds import InteractionKind
from sandbox.discord.people.user_input import CannotUseError, UserInput
from sandbox.discord.permissions import Permission
from sandbox.discord.wire_interactions import interaction_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.discord.people.user_input import OptionValue
    from sandbox.discord.state import Channel, Json, Message, Upload, User
    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

_SUBCOMMAND = 1
_SUBCOMMAND_GROUP = 2
_BUTTON = 2
_STRING_SELECT = 3
_LINK_STYLE = 5


class InteractionSender:
    """Sends interactions for people. Every method raises `CannotUseError` where Discord's client would not let them."""

    def __init__(self, world: World, messages: MessageWire) -> None:
        self._world = world
        self._messages = messages
        self.installed_by: set[int] = set()
        """Ids of the people who installed the bot for themselves."""

    def offered(self, user: User, channel: Channel) -> list[Json]:
        """The commands, of all kinds, that someone can use in a channel, as they were registered."""
        guild = channel.guild
        there: list[Json] = []
        for command in [*self._world.commands[None], *self._world.commands.get(guild.id if guild else 0, [])]:
            with suppress(CannotUseError):
                there.append(self._command(user, channel, command["name"], command["type"])[0])
        return there

    def slash(
        self, user: User, channel: Channel, name: str, options: Mapping[str, OptionValue]
    ) -> Interaction:
        """Use a slash command. `name` is that of the command, or of command and subcommand with a space between."""
        data, installed_by = self._slash_data(user, channel, name, options)
        return self._send(InteractionKind.COMMAND, user, channel, data, installed_by)

    def autocomplete(
        self, user: User, channel: Channel, name: str, focused: str, options: Mapping[str, OptionValue]
    ) -> Interaction:
        """Type into the option `focused`, whose text so far is in `options`: the bot is asked for choices."""
        data, installed_by = self._slash_data(user, channel, name, options, focused=focused)
        return self._send(InteractionKind.AUTOCOMPLETE, user, channel, data, installed_by)

    def message_menu(self, user: User, message: Message, name: str) -> Interaction:
        """Use a command of a message's context menu."""
        command, installed_by = self._command(user, message.channel, name, CommandKind.MESSAGE_MENU)
        content = self._messages.message(message, content=True)
        data = _command_data(command) | {
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): content}},
        }
        return self._send(InteractionKind.COMMAND, user, message.channel, data, installed_by)

    def press(self, user: User, message: Message, custom_id: str, values: list[str] | None) -> Interaction:
        """Press a button, or choose in a select menu."""
        for component in every_component(message.components):
            if component.get("custom_id") == custom_id:
                break
        else:
            shown = [item["custom_id"] for item in every_component(message.components) if "custom_id" in item]
            raise CannotUseError(f"the message has no {custom_id!r}, only {shown}")
        if component.get("disabled") or component.get("style") == _LINK_STYLE:
            raise CannotUseError(f"{custom_id!r} cannot be pressed")
        if message.ephemeral and (message.interaction is None or message.interaction.user is not user):
            raise CannotUseError(f"{user.name} does not see this message")
        data: Json = {"custom_id": custom_id, "component_type": component["type"], "id": component["id"]}
        if component["type"] != _BUTTON:
            _check_chosen(component, values or [])
            data["values"] = values or []
        return self._pressed(user, message, data)

    def forge(self, user: User, message: Message, custom_id: str, values: list[str] | None) -> Interaction:
        """Press what the message does not have, as no client of Discord's would; with `values`, in a select menu."""
        data: Json = {
            "custom_id": custom_id,
            "component_type": _BUTTON if values is None else _STRING_SELECT,
            "id": 1,
        }
        return self._pressed(user, message, data if values is None else data | {"values": values})

    def _pressed(self, user: User, message: Message, data: Json) -> Interaction:
        installed_by = self._installed_by(user, message.channel, [0, 1])
        if message.interaction is not None:
            installed_by = dict(message.interaction.installed_by)
        return self._send(
            InteractionKind.COMPONENT, user, message.channel, data, installed_by, source=message
        )

    def submit(
        self, interaction: Interaction, values: Mapping[str, str | list[str] | list[Upload]]
    ) -> Interaction:
        """Send the form (modal) that an interaction was answered with; `values` are by custom id."""
        form = interaction.form
        if form is None:
            raise CannotUseError("there is no form to send in")
        user_input = UserInput(self._world, self._messages, interaction.channel, interaction.user)
        data: Json = {
            "custom_id": form["custom_id"],
            "components": [user_input.field(component, dict(values)) for component in form["components"]],
            "resolved": user_input.resolved,
        }
        return self._send(
            InteractionKind.FORM,
            interaction.user,
            interaction.channel,
            data,
            interaction.installed_by,
            source=interaction.source,
            opened_by=interaction,
        )

    def _send(
        self,
        kind: InteractionKind,
        user: User,
        channel: Channel,
        data: Json,
        installed_by: dict[str, int],
        *,
        source: Message | None = None,
        opened_by: Interaction | None = None,
    ) -> Interaction:
        interaction = Interaction(
            feed=self._world.changes,
            id=self._world.snowflakes.next(),
            token="aW50ZXJhY3Rpb24" + secrets.token_urlsafe(48),
            kind=kind,
            user=user,
            channel=channel,
            data=data,
            at=self._world.clock(),
            installed_by=installed_by,
            source=source,
            opened_by=opened_by,
        )
        interaction.event = interaction_json(self._world, self._messages, interaction)
        self._world.interactions[interaction.token] = interaction
        self._world.changes.tell(changes.InteractionSent(interaction))
        return interaction

    def _installed_by(self, user: User, channel: Channel, installs: list[int]) -> dict[str, int]:
        installed_by: dict[str, int] = {}
        guild = channel.guild
        if 0 in installs and guild is not None and (self._world.joined(guild) or guild.has_commands):
            installed_by["0"] = guild.id
        if 0 in installs and guild is None and self._world.me in channel.recipients:
            installed_by["0"] = 0
        if 1 in installs and user.id in self.installed_by:
            installed_by["1"] = user.id
        return installed_by

    def _command(self, user: User, channel: Channel, name: str, kind: int) -> tuple[Json, dict[str, int]]:
        """The command as it is offered in the channel, and who installed the bot so that it is."""
        guild = channel.guild
        registered = [*self._world.commands[None], *self._world.commands.get(guild.id if guild else 0, [])]
        named = [command for command in registered if (command["name"], command["type"]) == (name, kind)]
        if not named:
            offered = sorted(command["name"] for command in registered)
            raise CannotUseError(f"no command {name!r} is registered, only {offered}")
        command = named[-1]
        installed_by = self._installed_by(user, channel, command["integration_types"])
        if not installed_by:
            raise CannotUseError(f"{name!r} is not installed for {user.name} in {channel.name}")
        contexts: list[int] | None = command["contexts"]
        context = context_of(channel, self._world.me)
        if contexts is not None and context not in contexts:
            raise CannotUseError(f"{name!r} is not offered in context {context}, only in {contexts}")
        if guild is not None:
            self._check_member(user, channel, command, only_installed_by_user="0" not in installed_by)
        return command, installed_by

    def _check_member(
        self, user: User, channel: Channel, command: Json, *, only_installed_by_user: bool
    ) -> None:
        granted = self._world.permissions(channel, user)
        if not granted & Permission.USE_APPLICATION_COMMANDS:
            raise CannotUseError(f"{user.name} may not use commands in {channel.name}")
        needed: str | None = command["default_member_permissions"]
        said = self._said_of(user, channel, command)
        if said is False:
            raise CannotUseError(f"the server lets {user.name} not use {command['name']!r}")
        if said or only_installed_by_user or needed is None or granted & Permission.ADMINISTRATOR:
            return
        if int(needed) == 0 or int(granted) & int(needed) != int(needed):
            raise CannotUseError(f"{user.name} lacks the permissions {needed} that {command['name']!r} needs")

    def _said_of(self, user: User, channel: Channel, command: Json) -> bool | None:
        """Whether a server has said of a person, or else of one of their roles, that they may use a command."""
        roles = [role.id for role in channel.home.members[user.id].roles]
        for about in (int(command["id"]), self._world.application.id):
            entries = self._world.command_permissions.get((channel.home.id, about), {})
            if (user.id, 2) in entries:
                return entries[user.id, 2]
            if said := [entries[role, 1] for role in roles if (role, 1) in entries]:
                return any(said)
        return None

    def _slash_data(
        self,
        user: User,
        channel: Channel,
        name: str,
        options: Mapping[str, OptionValue],
        *,
        focused: str | None = None,
    ) -> tuple[Json, dict[str, int]]:
        first, *rest = name.split()
        command, installed_by = self._command(user, channel, first, CommandKind.SLASH)
        path: list[Json] = []
        level = command
        for word in rest:
            level = _subcommand(level, word)
            path.append(level)
        declared = cast("list[Json]", level.get("options") or [])
        if any(option["type"] in (_SUBCOMMAND, _SUBCOMMAND_GROUP) for option in declared):
            raise CannotUseError(f"{name!r} needs one of {[option['name'] for option in declared]}")
        user_input = UserInput(self._world, self._messages, channel, user)
        chosen = user_input.options(declared, options, focused=focused)
        for step in reversed(path):
            chosen = [{"type": step["type"], "name": step["name"], "options": chosen}]
        data = _command_data(command) | {"options": chosen}
        return (data | {"resolved": user_input.resolved} if user_input.resolved else data), installed_by


def _check_chosen(select: Json, values: list[str]) -> None:
    """Refuse what cannot be chosen in a select menu."""
    if not select.get("min_values", 1) <= len(values) <= select.get("max_values", 1):
        raise CannotUseError(f"{len(values)} choices are too many or too few")
    offered = [option["value"] for option in cast("list[Json]", select.get("options") or [])]
    if select["type"] == _STRING_SELECT and not set(values) <= set(offered):
        raise CannotUseError(f"only {offered} can be chosen")


def _command_data(command: Json) -> Json:
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"]}
    return data | {"guild_id": command["guild_id"]} if "guild_id" in command else data


def _subcommand(level: Json, word: str) -> Json:
    for option in cast("list[Json]", level.get("options") or []):
        if option["name"] == word and option["type"] in (_SUBCOMMAND, _SUBCOMMAND_GROUP):
            return option
    raise CannotUseError(f"{level['name']!r} has no subcommand {word!r}")
