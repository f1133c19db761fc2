"""Messages as JSON, with what the bot may not read left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import wire
from sandbox.discord.state import MessageFlag, Thread

if TYPE_CHECKING:
    from sandbox.discord.cdn import Links
    from sandbox.discord.state import Attachment, Json, Message, User
    from sandbox.discord.world import World


class MessageWire:
    """Messages as JSON: their links are signed, and what the bot may not read is empty."""

    def __init__(self, world: World, links: Links) -> None:
        self._world = world
        self._links = links

    def attachment(self, attachment: Attachment) -> Json:
        """A file, with a link that is fresh now."""
        upload = attachment.upload
        url = self._links.url(attachment)
        body: Json = {
            "id": str(attachment.id),
            "filename": upload.filename,
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
        """As REST answers: the switch of the message-content intent in the portal decides."""
        return self.message(message, content=self._world.application.message_content)

    def created(self, message: Message) -> Json:
        """As the request that sent it is answered: only here and in events is the nonce."""
        body = self.rest(message)
        return body if message.nonce is None else body | {"nonce": message.nonce}

    def event(self, message: Message, *, content: bool) -> Json:
        """As the gateway brings it: with the server and the author's membership."""
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
        """A message; without `content` it is emptied unless it concerns the bot."""
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
                "interaction_metadata": message.interaction.metadata_json(),
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
