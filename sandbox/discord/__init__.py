"""A stand-in for Discord on loopback: gateway, REST, CDN, and the people who use the servers."""

from sandbox.discord.permissions import Permission
from sandbox.discord.server import Discord
from sandbox.discord.state import (
    Attachment,
    Channel,
    ChannelKind,
    Guild,
    Member,
    Message,
    Role,
    Thread,
    Upload,
    User,
)

__all__ = [
    "Attachment",
    "Channel",
    "ChannelKind",
    "Discord",
    "Guild",
    "Member",
    "Message",
    "Permission",
    "Role",
    "Thread",
    "Upload",
    "User",
]
