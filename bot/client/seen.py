"""Reads objects of discord.py into the values of `bot.models`, which is all that the other rooms get of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.models import Attachment, ChannelKind, Origin, SeenMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FORWARD = 1
"""The type of a reference to a message that is forwarded."""


USEFUL = {
    "view_channel": "View Channel",
    "read_message_history": "Read Message History",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
    "attach_files": "Attach Files",
    "connect": "Connect",
}
"""Permissions that the bot has a use for, as discord.py has them, and as Discord does."""


def granted_by(permissions: discord.Permissions) -> frozenset[str]:
    """The permissions among those that the bot has a use for, as Discord names them."""
    return frozenset(name for flag, name in USEFUL.items() if getattr(permissions, flag))


def locale_of(interaction: discord.Interaction, *, private: bool) -> str:
    """The language to answer an interaction in, by Discord's tag: the person's own, or that of the server that reads along."""
    if private or interaction.guild_locale is None:
        return interaction.locale.value
    return interaction.guild_locale.value


def seen_message(
    message: discord.Message, channel: object = None, *, locale: str | None = None
) -> SeenMessage:
    """What the reception needs of a message. A forwarded one gives the attachments of the message it forwards.

    Args:
        message: as discord.py has it.
        channel: its channel, if that is better known than `message.channel`, which can be a mere id.
        locale: the language to answer in, if it is known; otherwise it is that of the server.
    """
    channel = channel or message.channel
    attachments, voice = message.attachments, message.flags.voice
    if not attachments and message.message_snapshots:
        attachments, voice = (
            message.message_snapshots[0].attachments,
            message.message_snapshots[0].flags.voice,
        )
    return SeenMessage(
        id=message.id,
        channel_id=message.channel.id,
        parent_id=_parent_id(channel),
        guild_id=_guild_id(message),
        channel_kind=_channel_kind(message, channel),
        author_id=message.author.id,
        author_is_bot=message.author.bot or message.webhook_id is not None,
        # An application's answer to a command comes by a webhook with the application's own id.
        by_webhook=message.webhook_id not in {None, message.application_id},
        author_name=message.author.display_name,
        is_voice=voice,
        attachments=_attachments(attachments),
        origin=_origin(message),
        locale=locale or (message.guild.preferred_locale.value if message.guild else "en-US"),
    )


def seen_command(
    interaction: discord.Interaction, file: discord.Attachment, *, private: bool = False
) -> SeenMessage:
    """A file that was handed over with a command, as if it were the only file of a message."""
    return SeenMessage(
        id=interaction.id,
        channel_id=interaction.channel_id or 0,
        parent_id=_parent_id(interaction.channel),
        guild_id=interaction.guild_id,
        channel_kind=ChannelKind.DIRECT if interaction.guild_id is None else ChannelKind.TEXT,
        author_id=interaction.user.id,
        author_is_bot=False,
        is_voice=file.is_voice_message(),
        attachments=_attachments([file]),
        locale=locale_of(interaction, private=private),
        loose=True,
    )


def attachment_again(message: discord.Message, attachment_id: int) -> Attachment | None:
    """The attachment of that id, as the message has it now, with a fresh link; None if it has none."""
    found = [
        *message.attachments,
        *(a for snapshot in message.message_snapshots for a in snapshot.attachments),
    ]
    return next((a for a in _attachments(found) if a.id == attachment_id), None)


def attachment_ids(message: Mapping[str, Any]) -> list[int] | None:
    """The ids of a message's attachments, and of those of a message it forwards; None if it does not tell.

    Args:
        message: as Discord sends it, perhaps without all of its fields.
    """
    forwarded = message.get("message_snapshots") or ()
    try:
        if not forwarded and (message.get("message_reference") or {}).get("type") == _FORWARD:
            return None
        tellers = [message, *(snapshot["message"] for snapshot in forwarded)]
        return [int(attachment["id"]) for teller in tellers for attachment in teller["attachments"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _attachments(attachments: Sequence[discord.Attachment]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            id=attachment.id,
            filename=attachment.filename,
            size=attachment.size,
            url=attachment.url,
            content_type=attachment.content_type,
            seconds=attachment.duration,
            title=attachment.title,
        )
        for attachment in attachments
    )


def _origin(message: discord.Message) -> Origin | None:
    """The message that one forwards."""
    reference = message.reference
    if not message.message_snapshots or reference is None or reference.message_id is None:
        return None
    return Origin(
        message_id=reference.message_id, channel_id=reference.channel_id, guild_id=reference.guild_id
    )


def is_elsewhere(message: discord.Message) -> bool:
    """Whether discord.py does not know the message's channel: a thread, for instance, that was archived until just now."""
    return isinstance(message.channel, discord.PartialMessageable) and _guild_id(message) is not None


def _guild_id(message: discord.Message) -> int | None:
    if message.guild is None and isinstance(message.channel, discord.PartialMessageable):
        return message.channel.guild_id
    return message.guild.id if message.guild else None


def _channel_kind(message: discord.Message, channel: object) -> ChannelKind:
    if _guild_id(message) is None:
        return ChannelKind.DIRECT
    if isinstance(channel, discord.Thread):
        return ChannelKind.THREAD
    if isinstance(channel, discord.PartialMessageable) and message.position is not None:
        # Only messages in threads have a position.
        return ChannelKind.THREAD
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return ChannelKind.VOICE
    return ChannelKind.TEXT


def _parent_id(channel: object) -> int | None:
    return channel.parent_id if isinstance(channel, discord.Thread) else None
