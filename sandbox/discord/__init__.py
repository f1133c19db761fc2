"""A stand-in for Discord on loopback: a bot connects to its gateway, REST API and CDN as to the real ones.

`Discord` is the whole of it; its methods act for people (post, press, forbid), and what the bot does is found in the
objects they return and in the changes it tells of (`sandbox.discord.changes`).
"""

from sandbox.discord.interactions import Interaction
from sandbox.discord.kinds import ChannelKind
from sandbox.discord.people import CannotUseError
from sandbox.discord.permissions import Permission
from sandbox.discord.server import Discord
from sandbox.discord.state import Attachment, Channel, Guild, Member, Message, Role, Thread, Upload, User

__all__ = [
    "Attachment",
    "CannotUseError",
    "Channel",
    "ChannelKind",
    "Discord",
    "Guild",
    "Interaction",
    "Member",
    "Message",
    "Permission",
    "Role",
    "Thread",
    "Upload",
    "User",
]
