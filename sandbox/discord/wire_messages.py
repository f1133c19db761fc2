"""The JSON Discord sends for messages, with what the bot may not read left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import wire
from sandbox.discord.kinds import MessageFlag
from sandbox.discord.state import Thread

if TYPE_CHECKING:
    from sandbox.discord.cdn import Links
    from sandbox.discord.state import Attachment, InteractionMetadata, Json, Message, User
    from sandbox.discord.world import World


class MessageWire:
    """Turns messages into JSON: attachments get links signed at that moment, and what the bot may not read is empty."""

    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links

    def attachment(self, attachment: Attachment) -> Json:
        """An attachment, with a newly signed link."""
        upload = attachment.upload
        url = self._links.url(attachment)
        body: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "title": attachment.title,
            "size": attachment.size,
            "url": url,
            "proxy_url": url,
            "content_type": upload.content_type,
            "duration_secs": upload.duration,
            "waveform": upload.waveform,
            "description": upload.description,
            "ephemeral": attachment.ephemeral or None,
        }
        return {key: value for key, value in body.items() if value is not None}

    def rest(self, message: Message) -> Json:
        """The message as REST answers; its content is there if the message-content intent is on in the portal."""
        return self.message(message, content=self._world.application.message_content)

    def created(self, message: Message) -> Json:
        """The message as the answer to the request that sent it: with its nonce, which later reads do not have."""
        body = self.rest(message)
        return body if message.nonce is None else body | {"nonce": message.nonce}

    def event(self, message: Message, *, content: bool) -> Json:
        """The message as a gateway event: with its nonce, its server and the author's membership."""
        body = self.message(message, content=content)
        guild = message.channel.guild
        if message.nonce is not None:
            body["nonce"] = message.nonce
        body["channel_type"] = int(message.channel.kind)
        if guild is not None:
            body["guild_id"] = str(guild.id)
            if (member := guild.members.get(message.author.id)) is not None:
                body["member"] = wire.partial_member_json(member)
        return body

    def message(self, message: Message, *, content: bool, nested: bool = False) -> Json:
        """A message; without `content`, text and files are left out unless it is private, the bot's, or mentions the bot."""
        me = self._world.me
        readable = content or message.channel.guild is None or message.author is me or me in message.mentions
        body = self._contents(message, readable=readable) | {
            "id": str(message.id),
            "channel_id": str(message.channel.id),
            "author": wire.user_json(message.author),
            "pinned": False,
            "mention_everyone": message.mention_everyone,
            "tts": message.tts,
        }
        if isinstance(message.channel, Thread):
            body["position"] = sum(earlier < message.id for earlier in message.channel.by_id)
        if message.thread is not None and not message.thread.deleted:
            body["thread"] = wire.thread_for_json(message.thread, me)
        if message.reactions:
            body["reactions"] = [self._reaction(emoji, people) for emoji, people in message.reactions.items()]
        if message.webhook_id is not None:
            body["webhook_id"] = str(message.webhook_id)
        if message.interaction is not None:
            body |= {
                "application_id": str(self._world.application.id),
                "webhook_id": str(self._world.application.id),
                "interaction_metadata": _interaction_metadata(message.interaction),
            }
        if (reference := message.reference) is not None:
            body["message_reference"] = {
                "type": reference.type,
                "message_id": str(reference.message_id),
                "channel_id": str(reference.channel_id),
            } | ({"guild_id": str(reference.guild_id)} if reference.guild_id else {})
            if reference.type == 0 and not nested:
                target = message.referenced
                body["referenced_message"] = (
                    self.message(target, content=content, nested=True)
                    if target and not target.deleted
                    else None
                )
        if message.snapshot is not None:
            body["message_snapshots"] = [{"message": self._contents(message.snapshot, readable=readable)}]
        return body

    def _contents(self, message: Message, *, readable: bool) -> Json:
        return {
            "type": int(message.kind),
            "content": message.content if readable else "",
            "mentions": [wire.user_json(user) for user in message.mentions],
            "mention_roles": [str(role.id) for role in message.mention_roles],
            "attachments": [self.attachment(item) for item in message.attachments] if readable else [],
            "embeds": message.embeds if readable and not message.flags & MessageFlag.SUPPRESS_EMBEDS else [],
            "timestamp": wire.timestamp(message.at),
            "edited_timestamp": wire.timestamp(message.edited_at) if message.edited_at else None,
            "flags": int(message.flags),
            "components": message.components if readable else [],
        }

    def _reaction(self, emoji: str, people: list[User]) -> Json:
        return {
            "emoji": {"id": None, "name": emoji},
            "count": len(people),
            "count_details": {"burst": 0, "normal": len(people)},
            "burst_colors": [],
            "me_burst": False,
            "me": self._world.me in people,
        }


def _interaction_metadata(metadata: InteractionMetadata) -> Json:
    """What an answer to an interaction says of where it comes from."""
    body: Json = {
        "id": str(metadata.id),
        "type": int(metadata.kind),
        "user": wire.user_json(metadata.user),
        "authorizing_integration_owners": wire.installed_by_json(metadata.installed_by),
    }
    if metadata.pressed_message_id is not None:
        body["interacted_message_id"] = str(metadata.pressed_message_id)
    if metadata.opened_by is not None:
        body["triggering_interaction_metadata"] = _interaction_metadata(metadata.opened_by)
    if metadata.target_message_id is not None:
        body["target_message_id"] = metadata.target_message_id
    return body
