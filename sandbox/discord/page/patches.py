"""The JSON the page gets: channels and messages as anyone may read them, without tokens or signed links. Pure.

A patch has `channels` and `messages` (new ones, or new versions), `gone_channels` and `gone_messages` (ids), and
`typing` (channel and name). One with `fresh` has the whole world: the page forgets what it knew before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.changes import (
    Change,
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    ThreadCreated,
    TypingStarted,
)
from sandbox.discord.kinds import ChannelKind, MessageFlag, MessageKind
from sandbox.discord.state import Thread

if TYPE_CHECKING:
    from sandbox.discord.state import Attachment, Channel, Json, Message
    from sandbox.discord.world import World

_KINDS = {ChannelKind.VOICE: "voice", ChannelKind.STAGE: "voice", ChannelKind.FORUM: "forum"}


def everything(world: World) -> Json:
    """The first patch a page gets: the whole world."""
    return {
        "fresh": True,
        "channels": [_channel(channel) for channel in world.channels.values()],
        "messages": [_message(item) for channel in world.channels.values() for item in channel.messages],
    }


def patch(change: Change) -> Json | None:
    """The patch for a change; None for changes the page does not show."""
    match change:
        case MessageCreated(message) | MessageEdited(message) if not _only_points_back(message):
            # Direct channels appear without a change of their own.
            told = {"channels": [_channel(message.channel)], "messages": [_message(message)]}
        case MessageDeleted(message):
            told = {"gone_messages": [str(message.id)]}
        case MessagesDeleted(_, messages):
            told = {"gone_messages": [str(message.id) for message in messages]}
        case ChannelCreated(channel) | ChannelUpdated(channel) | ThreadCreated(channel):
            told = {"channels": [_channel(channel)]}
        case ChannelDeleted(channel):
            told = {"gone_channels": [str(channel.id)]}
        case TypingStarted(channel, user):
            told = {
                "channels": [_channel(channel)],
                "typing": {"channel": str(channel.id), "name": user.name},
            }
        case _:
            told = None
    return told


def _only_points_back(message: Message) -> bool:
    """Whether it is a thread's empty first message; the page shows the message it refers to instead."""
    return message.kind is MessageKind.THREAD_STARTER_MESSAGE


def _channel(channel: Channel) -> Json:
    thread = channel if isinstance(channel, Thread) else None
    return {
        "id": str(channel.id),
        "name": channel.name,
        "kind": _kind(channel),
        "guild": None if channel.guild is None else {"id": str(channel.guild.id), "name": channel.guild.name},
        "parent": str(thread.parent_id) if thread else None,
        "starter": str(thread.starter.id) if thread and thread.starter else None,
    }


def _kind(channel: Channel) -> str:
    if channel.kind.is_thread:
        return "thread"
    return "direct" if channel.kind.is_private else _KINDS.get(channel.kind, "text")


def _message(message: Message) -> Json:
    said = message.snapshot or message
    replied_to = message.referenced
    return {
        "id": str(message.id),
        "channel": str(message.channel.id),
        "author": {"id": str(message.author.id), "name": message.author.name, "bot": message.author.bot},
        "at": message.at,
        "edited": message.edited_at is not None,
        "thinking": message.loading,
        "forwarded": message.snapshot is not None,
        "reply_to": replied_to and {"name": replied_to.author.name, "text": replied_to.content},
        "text": said.content,
        "files": [_file(item, said) for item in said.attachments],
    }


def _file(attachment: Attachment, message: Message) -> Json:
    upload = attachment.upload
    return {
        "id": str(attachment.id),
        "name": upload.filename,
        "size": attachment.size,
        "voice": bool(message.flags & MessageFlag.IS_VOICE_MESSAGE),
        "seconds": upload.duration,
        "waveform": upload.waveform,
    }
