"""Who may decide for a server: those who manage it, and those to whom Discord's own command permissions give a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import errors
from bot.client.posting.refusals import FAILED, passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from discord.types.command import ApplicationCommandPermissions

_ROLE, _USER = 1, 2


async def may_manage(interaction: discord.Interaction, command_id: int | None) -> bool:
    """Whether who pressed something, or sent a form in, may use the command that led there.

    Discord checks that for commands alone: what a command has shown can be pressed after its user has lost the right to it.

    Args:
        interaction: the press, in a server.
        command_id: the command's; None if it is not known.

    Raises:
        DiscordAway: it can't be told now.
    """
    if interaction.permissions.manage_guild:
        return True
    person = interaction.user
    if command_id is None or interaction.guild_id is None or not isinstance(person, discord.Member):
        return False
    roles = own_roles(interaction)
    # What is said of the command comes before what is said of all commands, which stands under the bot's own id.
    for about in (command_id, interaction.application_id):
        verdict = _verdict(await _entries(interaction, interaction.guild_id, about), person.id, roles)
        if verdict is not None:
            return verdict
    return False


def own_roles(interaction: discord.Interaction) -> frozenset[int]:
    """The roles of who presses or asks, as Discord tells them with it; none outside servers."""
    if interaction.guild_id is None or not isinstance(interaction.user, discord.Member):
        return frozenset()
    # Everybody has the role that has the server's id.
    return frozenset({interaction.guild_id, *(role.id for role in interaction.user.roles)})


async def _entries(
    interaction: discord.Interaction, guild_id: int, about: int
) -> Sequence[ApplicationCommandPermissions]:
    """What a server has set about a command, or about all of them; nothing if it has set nothing."""
    http = interaction.client.http
    try:
        found = await http.get_application_command_permissions(interaction.application_id, guild_id, about)
    except FAILED as error:
        if passes(error):
            raise errors.DiscordAway(type(error).__name__) from error
        return ()
    return found["permissions"]


def _verdict(
    entries: Iterable[ApplicationCommandPermissions], person_id: int, roles: frozenset[int]
) -> bool | None:
    """What a server's own list says: of a person before their roles, of which one that may is enough; None if nothing."""
    of_roles: list[bool] = []
    for entry in entries:
        target, kind = int(entry["id"]), int(entry["type"])
        if kind == _USER and target == person_id:
            return entry["permission"]
        if kind == _ROLE and target in roles:
            of_roles.append(entry["permission"])
    return any(of_roles) if of_roles else None
