"""The JSON the page gets: channels and messages as people see them, without tokens or signed links. Pure.

A patch has `channels` and `messages` (new ones, or new versions), `gone_channels` and `gone_messages` (ids), and
`typing` (channel and name). One with `fresh` has the whole world: the page forgets what it knew before.

What one person alone sees is a message, too, with that person's name in `only`: private answers, and the form that is
open on their screen, until it is sent in.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from sandbox.discord.changes import (
    Change,
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    InteractionAnswered,
    InteractionSent,
    MessageCreated,
    MessageDeleted,
    MessageEdited,
    MessagesDeleted,
    ReactionChanged,
    ThreadCreated,
    TypingStarted,
)
from sandbox.discord.interactions import Interaction
from sandbox.discord.kinds import ChannelKind, MessageFlag, MessageKind
from sandbox.discord.page import controls
from sandbox.discord.state import Thread

if TYPE_CHECKING:
    from sandbox.discord.state import Attachment, Channel, Json, Message, Upload, User
    from sandbox.discord.world import World

_KINDS = {ChannelKind.VOICE: "voice", ChannelKind.STAGE: "voice", ChannelKind.FORUM: "forum"}
_PNG = b"\x89PNG\r\n\x1a\n"
_LARGEST_PICTURE = 200_000
_MENTION = re.compile(r"<(@!?|@&|#)([0-9]{1,20})>")


def everything(world: World) -> Json:
    """The first patch a page gets: the whole world."""
    interactions = world.interactions.values()
    public = [message for channel in world.channels.values() for message in channel.messages]
    private = [message for used in interactions for message in _private_answers(used) if not message.deleted]
    shown = {message.id: _message(message, world) for message in (*public, *private)}
    shown |= {used.id: form for used in interactions if (form := _open_form(used, world))}
    return {
        "fresh": True,
        "channels": [_channel(channel) for channel in world.channels.values()],
        "messages": [shown[number] for number in sorted(shown)],
    }


def patch(change: Change, world: World) -> Json | None:
    """The patch for a change; None for changes the page does not show."""
    match change:
        case MessageCreated(message) | MessageEdited(message) | ReactionChanged(message) if (
            not _only_points_back(message)
        ):
            # Direct channels appear without a change of their own.
            told = {"channels": [_channel(message.channel)], "messages": [_message(message, world)]}
        case InteractionSent(Interaction(opened_by=opener)) if opener is not None:
            told = {"gone_messages": [str(opener.id)]}
        case InteractionAnswered(interaction):
            told = _told_one_person(interaction, world)
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


def _told_one_person(interaction: Interaction, world: World) -> Json | None:
    """What of an interaction's answers only the person who used it sees; None if all can see all."""
    answers = _private_answers(interaction)
    form = _open_form(interaction, world)
    if not answers and form is None:
        return None
    there = [_message(message, world) for message in answers if not message.deleted]
    return {
        "channels": [_channel(interaction.channel)],
        "messages": [*there, form] if form else there,
        "gone_messages": [str(message.id) for message in answers if message.deleted],
    }


def _private_answers(interaction: Interaction) -> list[Message]:
    answers = (interaction.original, *interaction.followups)
    return [message for message in answers if message is not None and message.ephemeral]


def _open_form(interaction: Interaction, world: World) -> Json | None:
    """The form an interaction was answered with, if it was not sent in yet."""
    if interaction.form is None:
        return None
    if any(other.opened_by is interaction for other in world.interactions.values()):
        return None
    return {
        **_blank(interaction.id, interaction.channel, world.me, interaction.at),
        "only": interaction.user.name,
        "form": controls.form(interaction.form),
    }


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


def _message(message: Message, world: World) -> Json:
    said = message.snapshot or message
    replied_to = message.referenced
    used = message.interaction
    text = said.content
    return {
        **_blank(message.id, message.channel, message.author, message.at),
        "edited": message.edited_at is not None,
        "thinking": message.loading,
        "forwarded": message.snapshot is not None,
        "reply_to": replied_to and {"name": replied_to.author.name, "text": replied_to.content},
        "used": {"name": used.user.name, "command": used.command} if used and used.command else None,
        "only": used.user.name if used and message.ephemeral else None,
        "text": text,
        "names": _names(f"{text} {replied_to.content if replied_to else ''}", message.channel, world),
        "files": [_file(item, said) for item in said.attachments],
        "rows": controls.rows(message.components),
        "reactions": [{"emoji": emoji, "count": len(who)} for emoji, who in message.reactions.items()],
    }


def _blank(number: int, channel: Channel, author: User, at: float) -> Json:
    """A message that says nothing."""
    return {
        "id": str(number),
        "channel": str(channel.id),
        "author": {"id": str(author.id), "name": author.name, "bot": author.bot},
        "at": at,
        "text": "",
        "names": {},
        "files": [],
        "rows": [],
        "reactions": [],
    }


def _names(text: str, channel: Channel, world: World) -> Json:
    """What is shown in place of each mention in a text; those of nobody known are left as they are."""
    roles = {role.id: role for role in channel.guild.roles} if channel.guild else {}
    known = {"@": world.users, "@!": world.users, "@&": roles, "#": world.channels}
    return {
        found[0]: f"{found[1][0]}{named.name}"
        for found in _MENTION.finditer(text)
        if (named := known[found[1]].get(int(found[2])))
    }


def _shown(upload: Upload) -> str | None:
    """A picture with the patch itself: what one person alone sees has no address on the page."""
    if not upload.data.startswith(_PNG) or len(upload.data) > _LARGEST_PICTURE:
        return None
    return base64.b64encode(upload.data).decode()


def _file(attachment: Attachment, message: Message) -> Json:
    upload = attachment.upload
    return {
        "id": str(attachment.id),
        "name": upload.filename,
        "size": attachment.size,
        "hidden": attachment.ephemeral,
        "picture": _shown(upload),
        "description": upload.description,
        "voice": bool(message.flags & MessageFlag.IS_VOICE_MESSAGE),
        "seconds": upload.duration,
        "waveform": upload.waveform,
    }
