"""The bot's own account, its application, the gateway's address, and other accounts, over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord import wire
from sandbox.discord.rest.bodies import answer, read_object
from sandbox.discord.rest.errors import CANNOT_MESSAGE_USER, UNKNOWN_USER, ApiError
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX

if TYPE_CHECKING:
    from sandbox.discord.gateway.gateway import Gateway
    from sandbox.discord.state import Json
    from sandbox.discord.world import World


class AccountRoutes:
    """Handlers for who the bot is and where its gateway is."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway
        self._find = Lookup(world)

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        return [
            web.get(PREFIX + "/users/@me", self.me),
            web.post(PREFIX + "/users/@me/channels", self.direct_channel),
            web.get(PREFIX + "/users/{user_id}", self.user),
            web.get(PREFIX + "/gateway", self.gateway),
            web.get(PREFIX + "/gateway/bot", self.gateway_for_bots),
            web.get(PREFIX + "/oauth2/applications/@me", self.application),
            web.get(PREFIX + "/applications/@me", self.application),
        ]

    async def me(self, _: web.Request) -> web.Response:
        """The bot's account."""
        mine: Json = {
            "mfa_enabled": True,
            "locale": "en-US",
            "premium_type": 0,
            "email": None,
            "verified": True,
        }
        return answer(wire.user_json(self._world.me) | mine)

    async def user(self, request: web.Request) -> web.Response:
        """Anyone's account."""
        user = self._world.users.get(self._find.number(request, "user_id"))
        if user is None:
            raise ApiError(UNKNOWN_USER)
        return answer(wire.user_json(user))

    async def direct_channel(self, request: web.Request) -> web.Response:
        """The direct channel with a person, made if there is none yet."""
        body = await read_object(request)
        user = self._world.users.get(int(body.get("recipient_id", 0)))
        if user is None:
            raise ApiError(UNKNOWN_USER)
        if user.bot:
            raise ApiError(CANNOT_MESSAGE_USER)
        return answer(wire.channel_json(self._world.direct_channel(user)))

    async def gateway(self, _: web.Request) -> web.Response:
        """Where the gateway is."""
        return answer({"url": self._gateway.url})

    async def gateway_for_bots(self, _: web.Request) -> web.Response:
        """Where the gateway is, and how many shards to start."""
        limit = {
            "total": 1000,
            "remaining": max(0, 1000 - self._gateway.identified),
            "reset_after": 86_400_000,
            "max_concurrency": self._gateway.starts.max_concurrency,
        }
        body = {"url": self._gateway.url, "shards": self._gateway.shards, "session_start_limit": limit}
        return answer(body)

    async def application(self, _: web.Request) -> web.Response:
        """The bot's application, with its owner."""
        application = self._world.application
        joined = sum(self._world.joined(guild) for guild in self._world.guilds.values())
        body: Json = {
            "id": str(application.id),
            "name": application.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": wire.user_json(self._world.me),
            "bot_public": True,
            "bot_require_code_grant": False,
            "integration_types_config": {"0": {}, "1": {}},
            "verify_key": "0" * 64,
            "flags": application.flags,
            "flags_new": str(application.flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": wire.user_json(application.owner),
            "approximate_guild_count": joined,
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": [],
        }
        return answer(body)
