"""Servers with their channels, roles and members, read over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import wire
from sandbox.discord.effective_permissions import permissions_in_guild
from sandbox.discord.rest.bodies import answer
from sandbox.discord.rest.errors import UNKNOWN_MEMBER, ApiError
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX

if TYPE_CHECKING:
    from sandbox.discord.state import Guild, Json
    from sandbox.discord.world import World


class GuildRoutes:
    """Handlers below /guilds/{guild_id}, except for threads and commands, and for the list of the bot's servers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._find = Lookup(world)

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        guild = PREFIX + "/guilds/{guild_id}"
        return [
            web.get(guild, self.guild),
            web.get(guild + "/channels", self.channels),
            web.get(guild + "/roles", self.roles),
            web.get(guild + "/members", self.members),
            web.get(guild + "/members/{user_id}", self.member),
            web.get(PREFIX + "/users/@me/guilds", self.my_guilds),
        ]

    async def guild(self, request: web.Request) -> web.Response:
        """One server, with counts if asked for."""
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
