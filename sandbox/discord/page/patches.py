"""The JSON the page gets: channels and messages as one person sees them, without tokens or signed links. Pure.

A patch has `channels` and `messages` (new ones, or new versions), `gone_channels` and `gone_messages` (ids), and
`typing` (channel, id and name). One with `fresh` has all that person sees, and who there is: the page forgets what it
knew before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.discord.changes import (
    Change,
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    InteractionAnswered,
    MemberUpdated,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    ReactionChanged,
    RolesUpdated,
    ThreadCreated,
    ThreadMemberJoined,
    TypingStarted,
)
from sandbox.discord.kinds import ChannelKind, MessageFlag, MessageKind
from sandbox.discord.locales import LOCALES
from sandbox.discord.page import controls, sight
from sandbox.discord.permissions import Permission
from sandbox.discord.state import Thread

if TYPE_CHECKING:
    from sandbox.discord.interactions import Interaction
    from sandbox.discord.state import Attachment, Channel, Json, Message, User
    from sandbox.discord.world import World

_KINDS = {ChannelKind.VOICE: "voice", ChannelKind.STAGE: "voice", ChannelKind.FORUM: "forum"}
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_MENTION = re.compile(r"<(@!?|@&|#)([0-9]{1,20})>")


def everything(world: World, viewer: User, about: str) -> Json:
    """The first patch a page gets; `about` is what its reader should know of this stand-in."""
    shown = {message.id: message_json(message, world, viewer) for message in sight.messages(world, viewer)}
    return {
        "fresh": True,
        "about": about,
        "me": str(viewer.id),
        "locale": viewer.locale,
        "locales": list(LOCALES),
        "bot": str(world.me.id),
        "people": [
            {"id": str(user.id), "name": user.name, "manages": sight.manages(world, user)}
            for user in (*sight.people(world), world.me)
        ],
        "channels": [
            _channel(channel, world, viewer)
            for channel in world.channels.values()
            if sight.sees(world, viewer, channel)
        ],
        "messages": [shown[number] for number in sorted(shown)],
    }


def patch(change: Change, world: World, viewer: User) -> Json | None:
    """The patch for a change; None for changes that person does not see."""
    if isinstance(change, InteractionAnswered):
        return _told_in_private(change.interaction, world, viewer)
    channel = _where(change)
    if channel is None:
        return None
    if channel.deleted or not sight.sees(world, viewer, channel):
        gone = isinstance(change, ChannelDeleted | ChannelUpdated)
        return {"gone_channels": [str(channel.id)]} if gone else None
    # Direct channels appear without a change of their own.
    told: Json = {"channels": [_channel(channel, world, viewer)]}
    match change:
        case MessageCreated(message) | MessageEdited(message) | ReactionChanged(message):
            told["messages"] = [message_json(message, world, viewer)]
        case MessageDeleted(message):
            told["gone_messages"] = [str(message.id)]
        case MessagesDeleted(_, messages):
            told["gone_messages"] = [str(message.id) for message in messages]
        case TypingStarted(_, user):
            told["typing"] = {"channel": str(channel.id), "id": str(user.id), "name": user.name}
        case _:
            pass
    return told


def _where(change: Change) -> Channel | None:
    """The channel of a change that the page shows; None for all others."""
    match change:
        case MessageCreated(message) | MessageEdited(message) | ReactionChanged(message):
            # A thread's empty first message only points back; the page shows the message it refers to instead.
            return None if message.kind is MessageKind.THREAD_STARTER_MESSAGE else message.channel
        case MessageDeleted(message):
            return message.channel
        case MessagesDeleted(channel) | TypingStarted(channel) | ThreadMemberJoined(channel):
            return channel
        case (
            ChannelCreated(channel)
            | ChannelUpdated(channel)
            | ChannelDeleted(channel)
            | ThreadCreated(channel)
        ):
            return channel
        case _:
            return None


def _told_in_private(interaction: Interaction, world: World, viewer: User) -> Json | None:
    """What of an interaction's answers only the person who used it sees, for that person."""
    answers = sight.private_answers(interaction)
    if interaction.user is not viewer or not answers:
        return None
    return {
        "channels": [_channel(interaction.channel, world, viewer)],
        "messages": [message_json(message, world, viewer) for message in answers if not message.deleted],
        "gone_messages": [str(message.id) for message in answers if message.deleted],
    }


def changes_sight(change: Change) -> bool:
    """Whether all that people see may be different after a change, so that they are to be told everything anew."""
    match change:
        case RolesUpdated() | MemberUpdated():
            return True
        case ChannelUpdated(channel):
            return not channel.kind.is_thread
        case _:
            return False


def _channel(channel: Channel, world: World, viewer: User) -> Json:
    thread = channel if isinstance(channel, Thread) else None
    granted = world.permissions(channel, viewer)
    needed = Permission.SEND_MESSAGES_IN_THREADS if thread else Permission.SEND_MESSAGES
    closed = thread is not None and thread.locked and not granted & Permission.MANAGE_THREADS
    return {
        "id": str(channel.id),
        "name": world.me.name if channel.guild is None else channel.name,
        "kind": _kind(channel),
        "guild": None if channel.guild is None else {"id": str(channel.guild.id), "name": channel.guild.name},
        "parent": str(thread.parent_id) if thread else None,
        "starter": str(thread.starter.id) if thread and thread.starter else None,
        "archived": bool(thread and thread.archived),
        "writable": bool(granted & needed) and not closed,
        "moderated": bool(granted & Permission.MANAGE_MESSAGES) and channel.guild is not None,
        "threads": thread is None
        and channel.guild is not None
        and bool(granted & Permission.CREATE_PUBLIC_THREADS),
    }


def _kind(channel: Channel) -> str:
    if channel.kind.is_thread:
        return "thread"
    return "direct" if channel.kind.is_private else _KINDS.get(channel.kind, "text")


def message_json(message: Message, world: World, viewer: User) -> Json:
    """A message as that person sees it."""
    said = message.snapshot or message
    replied_to = message.referenced
    used = message.interaction
    text = said.content
    return {
        "id": str(message.id),
        "channel": str(message.channel.id),
        "author": {"id": str(message.author.id), "name": message.author.name, "bot": message.author.bot},
        "at": message.at,
        "edited": message.edited_at is not None,
        "thinking": message.loading,
        "forwarded": message.snapshot is not None,
        "reply_to": replied_to and {"name": replied_to.author.name, "text": replied_to.content},
        "used": {"name": used.user.name, "command": used.command} if used and used.command else None,
        "private": message.ephemeral,
        "text": text,
        "names": _names(f"{text} {replied_to.content if replied_to else ''}", message.channel, world),
        "files": [_file(item, said) for item in said.attachments],
        "rows": controls.rows(message.components, message.channel, world, viewer),
        "reactions": [
            {"emoji": emoji, "count": len(who), "mine": viewer in who}
            for emoji, who in message.reactions.items()
        ],
    }


def _names(text: str, channel: Channel, world: World) -> Json:
    """What is shown in place of each mention in a text, by its sign and number; those of nobody known are left as they are."""
    roles = {role.id: role for role in channel.guild.roles} if channel.guild else {}
    known = {"@": world.users, "@&": roles, "#": world.channels}
    mentions = {(found[1].replace("!", ""), int(found[2])) for found in _MENTION.finditer(text)}
    return {
        f"{sign}{number}": f"{sign[0]}{named.name}"
        for sign, number in sorted(mentions)
        if (named := known[sign].get(number))
    }


def _file(attachment: Attachment, message: Message) -> Json:
    upload = attachment.upload
    return {
        "id": str(attachment.id),
        "name": upload.filename,
        "size": attachment.size,
        "picture": sight.media_type(upload) in _PICTURES,
        "audio": sight.media_type(upload).startswith("audio/"),
        "description": upload.description,
        "voice": bool(message.flags & MessageFlag.IS_VOICE_MESSAGE),
        "seconds": upload.duration,
        "waveform": upload.waveform,
    }
