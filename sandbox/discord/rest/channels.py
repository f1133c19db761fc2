"""Reading, changing and deleting channels and threads over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import changes, wire
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.bodies import answer, read_object
from sandbox.discord.rest.errors import invalid
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX
from sandbox.discord.state import Channel, Json, Thread

if TYPE_CHECKING:
    from sandbox.discord.world import World

_NAME_LIMIT = 100


class ChannelRoutes:
    """Handlers of /channels/{channel_id} itself; what lies below it is in `messages` and `threads`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._find = Lookup(world)

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        channel = PREFIX + "/channels/{channel_id}"
        return [
            web.get(channel, self.channel),
            web.patch(channel, self.change_channel),
            web.delete(channel, self.delete_channel),
        ]

    async def channel(self, request: web.Request) -> web.Response:
        """One channel, thread or direct channel."""
        return answer(self._json(self._find.channel(request)))

    async def change_channel(self, request: web.Request) -> web.Response:
        """Rename a channel; rename, archive, unarchive, lock or unlock a thread."""
        channel = self._find.channel(request)
        body = await read_object(request)
        if isinstance(channel, Thread):
            self._change_thread(channel, body)
        else:
            self._find.allow(channel, Permission.MANAGE_CHANNELS)
            channel.name = _name(body, channel)
            self._world.changes.tell(changes.ChannelUpdated(channel))
        return answer(self._json(channel))

    async def delete_channel(self, request: web.Request) -> web.Response:
        """Delete a channel or thread; close a direct channel."""
        channel = self._find.channel(request)
        if channel.guild is not None:
            thread = isinstance(channel, Thread)
            self._find.allow(channel, Permission.MANAGE_THREADS if thread else Permission.MANAGE_CHANNELS)
            self._world.delete_channel(channel)
        return answer(self._json(channel))

    def _json(self, channel: Channel) -> Json:
        if isinstance(channel, Thread):
            return wire.thread_for_json(channel, self._world.me)
        return wire.channel_json(channel)

    def _change_thread(self, thread: Thread, body: Json) -> None:
        waking_only = thread.archived and not thread.locked and set(body) == {"archived"}
        mine = thread.owner_id == self._world.me.id and not thread.locked and "locked" not in body
        if not (waking_only or mine):
            self._find.allow(thread, Permission.MANAGE_THREADS)
        thread.name = _name(body, thread)
        self._world.update_thread(thread, archived=body.get("archived"), locked=body.get("locked"))


def _name(body: Json, channel: Channel) -> str:
    name = str(body.get("name", channel.name))
    if not 1 <= len(name) <= _NAME_LIMIT:
        raise invalid("name", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {_NAME_LIMIT} in length.")
    return name
