"""Opening, listing, joining and leaving threads over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import wire
from sandbox.discord.kinds import ChannelKind
from sandbox.discord.permissions import Permission
from sandbox.discord.rest import message_payloads
from sandbox.discord.rest.bodies import answer, read_object, read_with_files
from sandbox.discord.rest.errors import (
    ARCHIVED_THREAD,
    THREAD_EXISTS,
    TOO_MANY_THREADS,
    UNKNOWN_MEMBER,
    WRONG_CHANNEL_TYPE,
    ApiError,
    invalid,
)
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX
from sandbox.discord.state import Channel, Json, Thread

if TYPE_CHECKING:
    from sandbox.discord.wire_messages import MessageWire
    from sandbox.discord.world import World

_NAME_LIMIT = 100
_ARCHIVE_MINUTES = (60, 1440, 4320, 10080)
_WITH_MESSAGES = {
    ChannelKind.TEXT: ChannelKind.PUBLIC_THREAD,
    ChannelKind.ANNOUNCEMENT: ChannelKind.ANNOUNCEMENT_THREAD,
}
"""The kinds of channels in which a message can have a thread, and the kind of that thread."""


class ThreadRoutes:
    """Handlers that open threads, list them and join them."""

    def __init__(self, world: World, messages: MessageWire, *, active_limit: int = 1000) -> None:
        self._world = world
        self._messages = messages
        self._find = Lookup(world)
        self.active_limit = active_limit

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        channel = PREFIX + "/channels/{channel_id}"
        members = channel + "/thread-members"
        return [
            web.post(channel + "/messages/{message_id}/threads", self.open_on_message),
            web.post(channel + "/threads", self.open),
            web.get(channel + "/threads/archived/public", self.archived),
            web.get(PREFIX + "/guilds/{guild_id}/threads/active", self.active),
            web.get(members, self.members),
            web.get(members + "/{user_id}", self.member),
            web.put(members + "/{user_id}", self.join),
            web.delete(members + "/{user_id}", self.leave),
        ]

    async def open_on_message(self, request: web.Request) -> web.Response:
        """Open the one thread a message can have."""
        channel = self._find.channel(request)
        body = await read_object(request)
        kind = _WITH_MESSAGES.get(channel.kind)
        if kind is None:
            raise ApiError(WRONG_CHANNEL_TYPE)
        self._find.allow(channel, Permission.CREATE_PUBLIC_THREADS)
        message = self._find.message(request, channel)
        name, minutes = _named(body)
        if message.thread is not None or message.id in self._world.channels:
            raise ApiError(THREAD_EXISTS)
        self._room_for_one_more(channel)
        thread = self._world.open_thread(
            channel, self._world.me, name, kind=kind, starter=message, auto_archive_minutes=minutes
        )
        return answer(wire.thread_for_json(thread, self._world.me), status=201)

    async def open(self, request: web.Request) -> web.Response:
        """Open a thread that hangs on no message, or a forum post with its first message."""
        channel = self._find.channel(request)
        body, files = await read_with_files(request)
        name, minutes = _named(body)
        if channel.kind is ChannelKind.FORUM:
            self._find.allow(channel, Permission.SEND_MESSAGES)
            payload = message_payloads.read_payload(body.get("message") or {}, files)
            post = self._world.open_thread(channel, self._world.me, name, auto_archive_minutes=minutes)
            message = message_payloads.new_message(self._world, post, self._world.me, payload)
            message.id = post.id
            self._world.publish(message)
            opened = wire.thread_for_json(post, self._world.me)
            return answer(opened | {"message": self._messages.rest(message)}, status=201)
        if channel.kind not in _WITH_MESSAGES:
            raise ApiError(WRONG_CHANNEL_TYPE)
        kind = ChannelKind(body.get("type", ChannelKind.PRIVATE_THREAD))
        private = kind is ChannelKind.PRIVATE_THREAD
        self._find.allow(
            channel, Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
        )
        self._room_for_one_more(channel)
        thread = self._world.open_thread(
            channel, self._world.me, name, kind=kind, auto_archive_minutes=minutes
        )
        return answer(wire.thread_for_json(thread, self._world.me), status=201)

    async def active(self, request: web.Request) -> web.Response:
        """The threads of a server that are not archived."""
        guild = self._find.guild(request)
        return self._listed([thread for thread in guild.threads.values() if not thread.archived])

    async def archived(self, request: web.Request) -> web.Response:
        """The archived public threads of a channel."""
        channel = self._find.channel(request, Permission.READ_MESSAGE_HISTORY)
        threads = channel.guild.threads.values() if channel.guild else ()
        found = [thread for thread in threads if thread.parent is channel and thread.archived]
        return self._listed(sorted(found, key=lambda thread: thread.archive_changed_at, reverse=True))

    async def members(self, request: web.Request) -> web.Response:
        """Who is in a thread."""
        thread = self._thread(request)
        return answer([wire.thread_member_json(thread, user_id) for user_id in thread.members])

    async def member(self, request: web.Request) -> web.Response:
        """Whether somebody is in a thread."""
        thread, user_id = self._thread(request), self._member_id(request)
        if user_id not in thread.members:
            raise ApiError(UNKNOWN_MEMBER)
        return answer(wire.thread_member_json(thread, user_id))

    async def join(self, request: web.Request) -> web.Response:
        """Join a thread, or add someone."""
        thread = self._thread(request)
        if thread.archived:
            raise ApiError(ARCHIVED_THREAD)
        self._world.join_thread(thread, self._world.users[self._member_id(request)])
        return web.Response(status=204)

    async def leave(self, request: web.Request) -> web.Response:
        """Leave a thread, or remove someone."""
        thread = self._thread(request)
        user_id = self._member_id(request)
        if user_id != self._world.me.id:
            self._find.allow(thread, Permission.MANAGE_THREADS)
        thread.members.pop(user_id, None)
        return web.Response(status=204)

    def _member_id(self, request: web.Request) -> int:
        if request.match_info["user_id"] == "@me":
            return self._world.me.id
        return self._find.number(request, "user_id")

    def _thread(self, request: web.Request) -> Thread:
        channel = self._find.channel(request)
        if not isinstance(channel, Thread):
            raise ApiError(WRONG_CHANNEL_TYPE)
        return channel

    def _room_for_one_more(self, channel: Channel) -> None:
        threads = channel.guild.threads.values() if channel.guild else ()
        if sum(not thread.archived for thread in threads) >= self.active_limit:
            raise ApiError(TOO_MANY_THREADS)

    def _listed(self, threads: list[Thread]) -> web.Response:
        me = self._world.me
        visible = [thread for thread in threads if self._world.permissions(thread) & Permission.VIEW_CHANNEL]
        body: Json = {
            "threads": [wire.thread_for_json(thread, me) for thread in visible],
            "members": [
                wire.thread_member_json(thread, me.id) for thread in visible if me.id in thread.members
            ],
            "has_more": False,
        }
        return answer(body)


def _named(body: Json) -> tuple[str, int]:
    """The thread's name, and after how many minutes without a message it is archived. Raises `ApiError`."""
    name = str(body.get("name") or "").strip()
    if not 1 <= len(name) <= _NAME_LIMIT:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_NAME_LIMIT} in length.")
    minutes: int = body.get("auto_archive_duration") or 1440
    if minutes not in _ARCHIVE_MINUTES:
        choices = ", ".join(map(str, _ARCHIVE_MINUTES))
        raise invalid("auto_archive_duration", "BASE_TYPE_CHOICES", f"Value must be one of ({choices}).")
    return name, minutes
