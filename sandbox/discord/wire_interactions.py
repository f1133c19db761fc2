"""The INTERACTION_CREATE event as JSON: built once, when a person acts, from what the world is like then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import wire
from sandbox.discord.effective_permissions import permissions_in
from sandbox.discord.interactions import context_of
from sandbox.discord.permissions import Permission

if TYPE_CHECKING:
    from sandbox.discord.interactions import Interaction
    from sandbox.discord.state import Json
    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

_UPLOAD_LIMIT = 10 * 1024 * 1024
_NOT_A_MEMBER = (
    Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.MENTION_EVERYONE
    | Permission.USE_EXTERNAL_EMOJIS
)
"""What the bot may do in its answers where only the person using it has installed it."""


def interaction_json(world: World, messages: MessageWire, interaction: Interaction) -> Json:
    """The event's data."""
    channel, user = interaction.channel, interaction.user
    granted = world.permissions(channel) or _NOT_A_MEMBER
    body: Json = {
        "id": str(interaction.id),
        "application_id": str(world.application.id),
        "type": int(interaction.kind),
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "channel_id": str(channel.id),
        "channel": wire.channel_json(channel),
        "app_permissions": str(int(granted)),
        "locale": user.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": wire.installed_by_json(interaction.installed_by),
        "context": context_of(channel, world.me),
        "attachment_size_limit": _UPLOAD_LIMIT,
    }
    if interaction.source is not None:
        body["message"] = messages.message(interaction.source, content=True)
    guild = channel.guild
    if guild is None:
        return body | {"user": wire.user_json(user)}
    member = guild.members[user.id]
    permissions = str(int(permissions_in(channel, member)))
    body["channel"]["permissions"] = permissions
    return body | {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": wire.member_json(member) | {"permissions": permissions},
    }
