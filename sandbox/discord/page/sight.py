"""What one person sees of the world: channels they may view, and answers that are for them alone."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from sandbox.discord.kinds import ChannelKind
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.discord.interactions import Interaction
    from sandbox.discord.state import Attachment, Channel, Message, Upload, User
    from sandbox.discord.world import World


def people(world: World) -> list[User]:
    """The people somebody at the page can be: all who share a server or a direct channel with anyone, in the order they came."""
    members = {number for guild in world.guilds.values() for number in guild.members}
    members |= {user.id for channel in world.channels.values() for user in channel.recipients}
    return [user for user in world.users.values() if not user.bot and user.id in members]


def manages(world: World, user: User) -> bool:
    """Whether someone may change the settings of a server they are in."""
    managed = (channel for guild in world.guilds.values() for channel in guild.channels.values())
    return any(world.permissions(channel, user) & Permission.MANAGE_GUILD for channel in managed)


def sees(world: World, user: User, channel: Channel) -> bool:
    """Whether someone sees that a channel or thread exists, and what is in it."""
    granted = world.permissions(channel, user)
    if (
        channel.kind is ChannelKind.PRIVATE_THREAD
        and isinstance(channel, Thread)
        and user.id not in channel.members
    ):
        return bool(granted & Permission.MANAGE_THREADS)
    return bool(granted & Permission.VIEW_CHANNEL)


def private_answers(used: Interaction) -> list[Message]:
    """What of an interaction's answers only the person who used it sees."""
    answers = (used.original, *used.followups)
    return [message for message in answers if message is not None and message.ephemeral]


def messages(world: World, user: User) -> Iterator[Message]:
    """Everything someone can read now, in no order; a private answer perhaps twice."""
    for channel in world.channels.values():
        if sees(world, user, channel):
            yield from channel.messages
    for used in world.interactions.values():
        if used.user is user:
            yield from (message for message in private_answers(used) if not message.deleted)


def media_type(upload: Upload) -> str:
    """What a file claims to be; by its name, where it does not say."""
    if upload.content_type in (None, "application/octet-stream"):
        return mimetypes.guess_type(upload.filename)[0] or "application/octet-stream"
    return upload.content_type


def attachment(world: World, user: User, number: str) -> Attachment | None:
    """The file of that id, if it hangs on a message someone can read."""
    for message in messages(world, user):
        for item in (message.snapshot or message).attachments:
            if str(item.id) == number:
                return item
    return None
