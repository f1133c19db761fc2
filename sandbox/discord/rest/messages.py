"""Messages over REST: sending, reading, editing, deleting, reactions, typing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.kinds import ChannelKind, MessageKind
from sandbox.discord.permissions import Permission
from sandbox.discord.rest import message_payloads
from sandbox.discord.rest.bodies import answer, read_object, read_with_files
from sandbox.discord.rest.errors import (
    ARCHIVED_THREAD,
    CANNOT_MESSAGE_USER,
    LOCKED_THREAD,
    MISSING_PERMISSIONS,
    NOT_TEXT_CHANNEL,
    NOT_YOUR_MESSAGE,
    ApiError,
    invalid,
)
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX
from sandbox.discord.state import Channel, Json, Message, Reference, Thread

if TYPE_CHECKING:
    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

_NONCE_SECONDS = 180
_PAGE = 50
_LONGEST_PAGE = 100
_SHORTEST_BULK = 2
_REPLY = 0


class MessageRoutes:
    """Handlers below /channels/{channel_id}/messages and typing."""

    def __init__(self, world: World, wire: MessageWire) -> None:
        self._world = world
        self._wire = wire
        self._find = Lookup(world)
        self._by_nonce: dict[tuple[int, str | int], Message] = {}
        """The last message sent to a channel with a nonce, whether or not it still stands there."""

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        messages = PREFIX + "/channels/{channel_id}/messages"
        message = messages + "/{message_id}"
        mine = message + "/reactions/{emoji_name}/@me"
        return [
            web.post(messages, self.create),
            web.get(messages, self.history),
            web.post(messages + "/bulk-delete", self.delete_many),
            web.get(message, self.read),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
            web.put(mine, self.react),
            web.delete(mine, self.unreact),
            web.post(PREFIX + "/channels/{channel_id}/typing", self.typing),
        ]

    async def create(self, request: web.Request) -> web.Response:
        """Send a message; with `enforce_nonce` the same nonce within minutes returns the first message."""
        channel = self._find.channel(request)
        self._may_send(channel)
        body, files = await read_with_files(request)
        payload = message_payloads.read_payload(body, files)
        if payload.uploads:
            self._find.allow(channel, Permission.ATTACH_FILES)
        if payload.enforce_nonce and (first := self._same_nonce(channel, payload.nonce)) is not None:
            return answer(self._wire.created(first))
        target = self._referenced(channel, body.get("message_reference"))
        message = message_payloads.new_message(
            self._world, channel, self._world.me, payload, replied=target.author if target else None
        )
        if target is not None:
            message.kind = MessageKind.REPLY
            message.referenced = target
            guild = channel.guild
            message.reference = Reference(_REPLY, target.id, channel.id, guild.id if guild else None)
        self._world.publish(message)
        if payload.nonce is not None:
            self._by_nonce[channel.id, payload.nonce] = message
        return answer(self._wire.created(message))

    async def history(self, request: web.Request) -> web.Response:
        """Messages newest first: the latest, or before, after or around an id."""
        channel = self._find.channel(request)
        if not self._world.permissions(channel) & Permission.READ_MESSAGE_HISTORY:
            return answer([])
        query = request.query
        limit = int(query.get("limit", _PAGE))
        if not 1 <= limit <= _LONGEST_PAGE:
            raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        found = sorted(channel.by_id.values(), key=lambda message: message.id)
        if "before" in query:
            found = [message for message in found if message.id < int(query["before"])][-limit:]
        elif "after" in query:
            found = [message for message in found if message.id > int(query["after"])][:limit]
        elif "around" in query:
            middle = int(query["around"])
            older = [message for message in found if message.id < middle]
            newer = [message for message in found if message.id >= middle]
            found = older[-(limit // 2) or len(older) :] + newer[: limit - limit // 2]
        else:
            found = found[-limit:]
        return answer([self._wire.rest(message) for message in reversed(found)])

    async def read(self, request: web.Request) -> web.Response:
        """One message."""
        channel = self._find.channel(request, Permission.READ_MESSAGE_HISTORY)
        return answer(self._wire.rest(self._find.message(request, channel)))

    async def edit(self, request: web.Request) -> web.Response:
        """Change one of the bot's own messages."""
        channel = self._find.channel(request)
        message = self._find.message(request, channel)
        body, files = await read_with_files(request)
        if message.author is not self._world.me:
            raise ApiError(NOT_YOUR_MESSAGE)
        if isinstance(channel, Thread) and channel.archived:
            raise ApiError(ARCHIVED_THREAD)
        message_payloads.apply_edit(self._world, message, body, message_payloads.read_payload(body, files))
        self._world.edit(message)
        return answer(self._wire.rest(message))

    async def delete(self, request: web.Request) -> web.Response:
        """Remove a message; another's needs MANAGE_MESSAGES."""
        channel = self._find.channel(request)
        message = self._find.message(request, channel)
        if message.author is not self._world.me:
            if channel.guild is None:
                raise ApiError(MISSING_PERMISSIONS)
            self._find.allow(channel, Permission.MANAGE_MESSAGES)
        if isinstance(channel, Thread) and channel.archived:
            raise ApiError(ARCHIVED_THREAD)
        self._world.delete([message])
        return web.Response(status=204)

    async def delete_many(self, request: web.Request) -> web.Response:
        """Remove 2 to 100 messages of a server's channel."""
        channel = self._find.channel(request, Permission.MANAGE_MESSAGES)
        body = await read_object(request)
        ids = [int(item) for item in body["messages"]]
        if not _SHORTEST_BULK <= len(ids) <= _LONGEST_PAGE:
            raise invalid("messages", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
        self._world.delete([channel.by_id[item] for item in ids if item in channel.by_id])
        return web.Response(status=204)

    async def react(self, request: web.Request) -> web.Response:
        """Add the bot's reaction."""
        channel = self._find.channel(request, Permission.READ_MESSAGE_HISTORY)
        message = self._find.message(request, channel)
        emoji = request.match_info["emoji_name"]
        if emoji not in message.reactions:
            self._find.allow(channel, Permission.ADD_REACTIONS)
        self._world.react(message, self._world.me, emoji)
        return web.Response(status=204)

    async def unreact(self, request: web.Request) -> web.Response:
        """Remove the bot's reaction."""
        channel = self._find.channel(request, Permission.READ_MESSAGE_HISTORY)
        message = self._find.message(request, channel)
        self._world.react(message, self._world.me, request.match_info["emoji_name"], added=False)
        return web.Response(status=204)

    async def typing(self, request: web.Request) -> web.Response:
        """Show the bot as typing for ten seconds."""
        channel = self._find.channel(request)
        self._may_send(channel)
        self._world.type_in(channel, self._world.me)
        return web.Response(status=204)

    def _may_send(self, channel: Channel) -> None:
        if channel.kind is ChannelKind.FORUM:
            raise ApiError(NOT_TEXT_CHANNEL)
        if channel.guild is None and any(
            user.id in self._world.refuse_direct_messages for user in channel.recipients
        ):
            raise ApiError(CANNOT_MESSAGE_USER)
        if not isinstance(channel, Thread):
            self._find.allow(channel, Permission.SEND_MESSAGES)
            return
        self._find.allow(channel, Permission.SEND_MESSAGES_IN_THREADS)
        if channel.locked and not self._world.permissions(channel) & Permission.MANAGE_THREADS:
            raise ApiError(ARCHIVED_THREAD if channel.archived else LOCKED_THREAD)

    def _same_nonce(self, channel: Channel, nonce: str | int | None) -> Message | None:
        first = self._by_nonce.get((channel.id, nonce)) if nonce is not None else None
        return first if first is not None and first.at >= self._world.clock() - _NONCE_SECONDS else None

    def _referenced(self, channel: Channel, reference: Json | None) -> Message | None:
        """The message replied to, or None if there is no reference or it may be missing.

        Raises:
            ApiError: 50035 if it is gone and the reply insists on it, or if the bot may not read the history.
        """
        if reference is None:
            return None
        message = channel.by_id.get(int(reference["message_id"]))
        if message is None:
            if reference.get("fail_if_not_exists", True):
                raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
            return None
        if channel.guild is not None and not (
            self._world.permissions(channel) & Permission.READ_MESSAGE_HISTORY
        ):
            raise invalid(
                "message_reference",
                "REPLIES_CANNOT_REPLY_WITHOUT_READ_MESSAGE_HISTORY",
                "Cannot reply without permission to read message history",
            )
        return message
