"""Roles and overwrites, in Discord's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Permission
from sandbox.discord.effective_permissions import permissions_in
from sandbox.discord.permissions import EVERYTHING, NOTHING

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Place

SEND = Permission.SEND_MESSAGES


async def test_the_nearest_overwrite_wins(sandbox: Discord, place: Place) -> None:
    """Everyone's is overruled by a role's, a role's by the member's own."""
    member = place.guild.members[sandbox.me.id]
    role = member.roles[0]
    sandbox.forbid(place.channel, SEND, place.guild.everyone)
    assert not permissions_in(place.channel, member) & SEND
    sandbox.allow(place.channel, SEND, role)
    assert permissions_in(place.channel, member) & SEND
    sandbox.forbid(place.channel, SEND)
    assert not permissions_in(place.channel, member) & SEND


async def test_a_thread_has_its_parents_permissions(sandbox: Discord, place: Place) -> None:
    """Overwrites of the parent hold in the thread."""
    thread = sandbox.open_thread(place.channel, place.ann, "thread")
    sandbox.forbid(place.channel, Permission.SEND_MESSAGES_IN_THREADS)
    assert (
        not permissions_in(thread, place.guild.members[sandbox.me.id]) & Permission.SEND_MESSAGES_IN_THREADS
    )


async def test_the_extremes(sandbox: Discord, place: Place) -> None:
    """Owners and administrators may do everything; who cannot see a channel, nothing in it."""
    sandbox.forbid(place.channel, EVERYTHING, place.guild.everyone)
    member = place.guild.members[sandbox.me.id]
    sandbox.set_role(member.roles[0], place.guild, NOTHING)
    assert permissions_in(place.channel, member) == NOTHING
    sandbox.set_role(member.roles[0], place.guild, Permission.ADMINISTRATOR)
    assert permissions_in(place.channel, member) == EVERYTHING
    assert permissions_in(place.channel, place.guild.members[place.guild.owner.id]) == EVERYTHING
