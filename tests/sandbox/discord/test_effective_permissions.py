"""Computing permissions from roles and overwrites, in Discord's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import Permission
from sandbox.discord.effective_permissions import permissions_in
from sandbox.discord.permissions import EVERYTHING, NOTHING

if TYPE_CHECKING:
    from sandbox.discord import Discord
    from tests.sandbox.discord.clients import Scene

SEND = Permission.SEND_MESSAGES


async def test_the_nearest_overwrite_wins(sandbox: Discord, scene: Scene) -> None:
    """A role's overwrite overrules everyone's, and the member's own overrules a role's."""
    member = scene.guild.members[sandbox.me.id]
    role = member.roles[0]
    sandbox.forbid(scene.channel, SEND, scene.guild.everyone)
    assert not permissions_in(scene.channel, member) & SEND
    sandbox.allow(scene.channel, SEND, role)
    assert permissions_in(scene.channel, member) & SEND
    sandbox.forbid(scene.channel, SEND)
    assert not permissions_in(scene.channel, member) & SEND


async def test_a_thread_has_its_parents_permissions(sandbox: Discord, scene: Scene) -> None:
    """The overwrites of a channel hold in its threads."""
    thread = sandbox.open_thread(scene.channel, scene.ann, "thread")
    sandbox.forbid(scene.channel, Permission.SEND_MESSAGES_IN_THREADS)
    assert (
        not permissions_in(thread, scene.guild.members[sandbox.me.id]) & Permission.SEND_MESSAGES_IN_THREADS
    )


async def test_the_extremes(sandbox: Discord, scene: Scene) -> None:
    """Owners and administrators may do everything; without VIEW_CHANNEL nothing is permitted in a channel."""
    sandbox.forbid(scene.channel, EVERYTHING, scene.guild.everyone)
    member = scene.guild.members[sandbox.me.id]
    sandbox.set_role(member.roles[0], scene.guild, NOTHING)
    assert permissions_in(scene.channel, member) == NOTHING
    sandbox.set_role(member.roles[0], scene.guild, Permission.ADMINISTRATOR)
    assert permissions_in(scene.channel, member) == EVERYTHING
    assert permissions_in(scene.channel, scene.guild.members[scene.guild.owner.id]) == EVERYTHING
