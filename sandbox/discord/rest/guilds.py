"""Servers, channels and members over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import changes, wire
from sandbox.discord.permissions import Permission, permissions_in_guild
from sandbox.discord.rest.bodies import answer, read_object
from sandbox.discord.rest.errors import UNKNOWN_MEMBER, ApiError, invalid
from sandbox.discord.rest.middlewares import PREFIX, Lookup
from sandbox.discord.state import Channel, Guild, Json, Thread

if TYPE_CHECKING:
    from sandbox.discord.world import World

_NAME_LIMIT = 100


class PlaceRoutes:
    """Handlers below /guilds and /channels that are not about messages."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._find = Lookup(world)

    def table(self) -> list[web.RouteDef]:
        """The routes."""
        channel = PREFIX + "/channels/{channel_id}"
        guild = PREFIX + "/guilds/{guild_id}"
        return [
            web.get(channel, self.channel),
            web.patch(channel, self.change_channel),
            web.delete(channel, self.delete_channel),
            web.get(guild, self.guild),
            web.get(guild + "/channels", self.channels),
            web.get(guild + "/roles", self.roles),
            web.get(guild + "/members", self.members),
            web.get(guild + "/members/{user_id}", self.member),
            web.get(PREFIX + "/users/@me/guilds", self.my_guilds),
        ]

    async def channel(self, request: web.Request) -> web.Response:
        """One channel, thread or direct channel."""
        return answer(self._json(self._find.channel(request)))

    async def change_channel(self, request: web.Request) -> web.Response:
        """Rename a channel; rename, archive, wake, lock or unlock a thread."""
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

    async def guild(self, request: web.Request) -> web.Response:
        """One server, with counts when asked for."""
        guild = self._find.guild(request)
        body = wire.guild_json(guild)
        if request.query.get("with_counts", "").lower() in ("1", "true"):
            body |= {"approximate_member_count": len(guild.members), "approximate_presence_count": 1}
        return answer(body)

    async def channels(self, request: web.Request) -> web.Response:
        """A server's channels without its threads."""
        guild = self._find.guild(request)
        return answer([wire.channel_json(channel) for channel in guild.channels.values()])

    async def roles(self, request: web.Request) -> web.Response:
        """A server's roles."""
        guild = self._find.guild(request)
        return answer([wire.role_json(guild, role) for role in guild.roles])

    async def members(self, request: web.Request) -> web.Response:
        """A server's members in the order of their ids."""
        guild = self._find.guild(request)
        after = int(request.query.get("after", 0))
        limit = int(request.query.get("limit", 1))
        ids = sorted(user_id for user_id in guild.members if user_id > after)[:limit]
        return answer([wire.member_json(guild.members[user_id]) for user_id in ids])

    async def member(self, request: web.Request) -> web.Response:
        """One member."""
        guild = self._find.guild(request)
        member = guild.members.get(self._find.number(request, "user_id"))
        if member is None:
            raise ApiError(UNKNOWN_MEMBER)
        return answer(wire.member_json(member))

    async def my_guilds(self, _: web.Request) -> web.Response:
        """The servers the bot has joined."""
        return answer(
            [self._summary(guild) for guild in self._world.guilds.values() if self._world.joined(guild)]
        )

    def _summary(self, guild: Guild) -> Json:
        return {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": guild.owner is self._world.me,
            "permissions": str(int(permissions_in_guild(guild.members[self._world.me.id]))),
            "features": [],
        }

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
