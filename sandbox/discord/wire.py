"""The JSON Discord sends for accounts, servers and channels; that of messages is in `wire_messages`. Pure functions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.discord.kinds import ChannelKind
from sandbox.discord.state import Channel, Guild, Json, Member, Overwrite, Role, Thread, User

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROLE_OVERWRITE = 0
_MEMBER_OVERWRITE = 1


def timestamp(seconds: float) -> str:
    """ISO 8601 of Unix seconds, as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def user_json(user: User) -> Json:
    """An account as others see it."""
    account: Json = {
        "id": str(user.id),
        "username": user.name,
        "avatar": None,
        "discriminator": "0" if not user.bot else "4711",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "global_name": None if user.bot else user.name.title(),
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    return account | {"bot": True} if user.bot else account


def role_json(guild: Guild, role: Role) -> Json:
    """A role."""
    body: Json = {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(int(role.permissions)),
        "position": guild.roles.index(role),
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed_by is not None,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
    return body if role.managed_by is None else body | {"tags": {"bot_id": str(role.managed_by.id)}}


def partial_member_json(member: Member) -> Json:
    """A member without the account, as messages carry it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": timestamp(member.joined_at),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role.id) for role in member.roles],
        "mute": False,
        "deaf": False,
    }


def member_json(member: Member) -> Json:
    """A member with the account."""
    return partial_member_json(member) | {"user": user_json(member.user)}


def _overwrite_json(overwrite: Overwrite) -> Json:
    target = overwrite.target
    is_role = isinstance(target, Role)
    return {
        "id": str(target.id),
        "type": _ROLE_OVERWRITE if is_role else _MEMBER_OVERWRITE,
        "allow": str(int(overwrite.allow)),
        "deny": str(int(overwrite.deny)),
    }


def channel_json(channel: Channel) -> Json:
    """A channel of a server, a direct channel, or a thread."""
    if isinstance(channel, Thread):
        return thread_json(channel)
    body: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "last_message_id": str(channel.last_message_id) if channel.last_message_id else None,
        "flags": 0,
    }
    if channel.guild is None:
        others = [user for user in channel.recipients if not user.bot]
        body["recipients"] = [user_json(user) for user in others]
        if channel.kind is ChannelKind.GROUP_DM:
            body |= {"name": channel.name, "icon": None, "owner_id": str(others[0].id), "managed": False}
        return body
    body |= {
        "guild_id": str(channel.guild.id),
        "name": channel.name,
        "position": channel.position,
        "permission_overwrites": [_overwrite_json(overwrite) for overwrite in channel.overwrites.values()],
        "nsfw": False,
        "parent_id": None,
        "rate_limit_per_user": 0,
        "topic": None,
    }
    if channel.kind in (ChannelKind.VOICE, ChannelKind.STAGE):
        body |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if channel.kind is ChannelKind.FORUM:
        body |= {
            "available_tags": [],
            "default_reaction_emoji": None,
            "default_sort_order": None,
            "default_forum_layout": 0,
        }
    return body


def thread_json(thread: Thread) -> Json:
    """A thread, without saying whether the bot is in it."""
    metadata: Json = {
        "archived": thread.archived,
        "archive_timestamp": timestamp(thread.archive_changed_at),
        "auto_archive_duration": thread.auto_archive_minutes,
        "locked": thread.locked,
        "create_timestamp": timestamp(thread.created_at),
    }
    if thread.kind is ChannelKind.PRIVATE_THREAD:
        metadata["invitable"] = True
    return {
        "id": str(thread.id),
        "type": int(thread.kind),
        "last_message_id": str(thread.last_message_id) if thread.last_message_id else None,
        "flags": 0,
        "guild_id": str(thread.home.id),
        "name": thread.name,
        "parent_id": str(thread.parent_id),
        "rate_limit_per_user": 0,
        "owner_id": str(thread.owner_id),
        "thread_metadata": metadata,
        "message_count": len(thread.messages),
        "member_count": len(thread.members),
        "total_message_sent": thread.sent,
    }


def thread_member_json(thread: Thread, user_id: int) -> Json:
    """A person's membership of a thread, which they must have joined."""
    return {
        "id": str(thread.id),
        "user_id": str(user_id),
        "join_timestamp": timestamp(thread.members[user_id]),
        "flags": 0,
    }


def thread_for_json(thread: Thread, user: User) -> Json:
    """A thread, with the account's membership if it is in it."""
    body = thread_json(thread)
    return body | {"member": thread_member_json(thread, user.id)} if user.id in thread.members else body


def guild_json(guild: Guild) -> Json:
    """A server, as REST gives it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner.id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": str(guild.system_channel.id) if guild.system_channel else None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role_json(guild, role) for role in guild.roles],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": guild.locale,
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }


def installed_by_json(installed_by: Mapping[str, int]) -> Json:
    """Who installed the bot, as `authorizing_integration_owners` carries it."""
    return {key: str(owner) for key, owner in installed_by.items()}


def gateway_guild_json(guild: Guild, me: User, *, all_members: bool) -> Json:
    """A server as GUILD_CREATE brings it; without the members intent it has the bot alone."""
    mine = guild.members[me.id]
    members = guild.members.values() if all_members else [mine]
    return guild_json(guild) | {
        "joined_at": timestamp(mine.joined_at),
        "large": False,
        "member_count": len(guild.members),
        "members": [member_json(member) for member in members],
        "channels": [channel_json(channel) for channel in guild.channels.values()],
        "threads": [thread_for_json(thread, me) for thread in guild.threads.values() if not thread.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }
