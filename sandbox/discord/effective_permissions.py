"""What an account may do in a channel or server: roles, then the channel's overwrites, in Discord's order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.permissions import EVERYTHING, NOTHING, Permission

if TYPE_CHECKING:
    from sandbox.discord.state import Channel, Member, User

_IN_DIRECT_MESSAGES = EVERYTHING & ~(
    Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS | Permission.ADMINISTRATOR
)


def permissions_for(channel: Channel, user: User) -> Permission:
    """What the account may do in the channel; nothing if it is no member of the server or the direct channel."""
    if channel.guild is None:
        return _IN_DIRECT_MESSAGES if user in channel.recipients else NOTHING
    member = channel.guild.members.get(user.id)
    return permissions_in(channel, member) if member else NOTHING


def permissions_in_guild(member: Member) -> Permission:
    """What the member's roles grant in the server, before a channel's overwrites."""
    if member.guild.owner is member.user:
        return EVERYTHING
    granted = NOTHING
    for role in (member.guild.everyone, *member.roles):
        granted |= role.permissions
    return EVERYTHING if granted & Permission.ADMINISTRATOR else granted


def permissions_in(channel: Channel, member: Member) -> Permission:
    """What the member may do in a channel of the server; in a thread its parent's overwrites count."""
    granted = permissions_in_guild(member)
    if granted & Permission.ADMINISTRATOR:
        return EVERYTHING
    overwrites = (channel.parent or channel).overwrites
    roles = [overwrites[role.id] for role in member.roles if role.id in overwrites]
    if (everyone := overwrites.get(member.guild.id)) is not None:
        granted = granted & ~everyone.deny | everyone.allow
    for overwrite in roles:
        granted &= ~overwrite.deny
    for overwrite in roles:
        granted |= overwrite.allow
    if (own := overwrites.get(member.user.id)) is not None:
        granted = granted & ~own.deny | own.allow
    if not granted & Permission.VIEW_CHANNEL:
        return NOTHING
    return granted
