"""The middlewares all REST requests pass: token, rate limits, the shape of errors, the list of calls."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.discord.changes import Call
from sandbox.discord.rest.bodies import answer
from sandbox.discord.rest.errors import (
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
    ApiError,
)
from sandbox.traffic import bare_path

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from sandbox.discord.rest.rate_limits import RateLimits
    from sandbox.discord.world import World

PREFIX = "/api/v10"

_log = logging.getLogger("sandbox")
_WITHOUT_TOKEN = (f"{PREFIX}/interactions/", f"{PREFIX}/webhooks/", f"{PREFIX}/gateway")
_OWNERS = ("channel_id", "guild_id", "webhook_id")


class Middlewares:
    """Makes the middlewares, and keeps for tests which requests came (`calls`) and which routes do not exist (`unknown`)."""

    def __init__(self, world: World, limits: RateLimits) -> None:
        self._world = world
        self._limits = limits
        self.calls: list[Call] = []
        self.unknown: list[tuple[str, str]] = []

    def log(self) -> Middleware:
        """A middleware that keeps each request, downloads included, with the status its client got."""

        @web.middleware
        async def note(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            if not request.path.startswith("/gateway"):
                path = bare_path(request.path)
                call = Call(request.method, path, response.status, self._world.clock())
                self.calls.append(call)
                self._world.changes.tell(call)
            return response

        return note

    def guard(self) -> Middleware:
        """A middleware that checks token and rate limits, and answers an `ApiError` as Discord does."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                return await self._checked(request, handler)
            except ApiError as error:
                return answer(error.body, status=error.problem.status)

        return check

    async def _checked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        failure = request.match_info.http_exception
        if failure is not None:
            self.unknown.append((request.method, bare_path(request.path)))
            _log.error("not known here: %s %s", request.method, request.path)
            raise ApiError(NOT_FOUND if failure.status == NOT_FOUND.status else METHOD_NOT_ALLOWED)
        if not request.path.startswith(PREFIX):
            return await handler(request)
        authorization = f"Bot {self._world.application.token}"
        if request.headers.get("Authorization") != authorization and not request.path.startswith(
            _WITHOUT_TOKEN
        ):
            raise ApiError(UNAUTHORIZED)
        resource = request.match_info.route.resource
        template = resource.canonical.removeprefix(PREFIX) if resource else ""
        owner = next((request.match_info[key] for key in _OWNERS if key in request.match_info), "")
        admission = self._limits.admit(f"{request.method} {template}", owner)
        if admission.retry_after is not None:
            body = {
                "message": "You are being rate limited.",
                "retry_after": admission.retry_after,
                "global": admission.everywhere,
                "code": 0,
            }
            return answer(body, status=429, headers=admission.headers)
        try:
            response = await handler(request)
        except ApiError as error:
            response = answer(error.body, status=error.problem.status)
        response.headers.update(admission.headers)
        return response
