"""The bot's application commands over REST: registering and listing them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, cast

from aiohttp import web

from sandbox.discord.interactions import CommandKind
from sandbox.discord.locales import LOCALES
from sandbox.discord.rest.bodies import answer, read_json, read_object
from sandbox.discord.rest.errors import (
    COMMAND_LIMIT,
    MISSING_ACCESS,
    UNKNOWN_COMMAND,
    UNKNOWN_COMMAND_PERMISSIONS,
    ApiError,
    invalid,
)
from sandbox.discord.rest.lookup import Lookup
from sandbox.discord.rest.middlewares import PREFIX

if TYPE_CHECKING:
    from sandbox.discord.state import Json
    from sandbox.discord.world import World

_AT_MOST: dict[int, int] = {CommandKind.SLASH: 100, CommandKind.USER_MENU: 5, CommandKind.MESSAGE_MENU: 5}
_SLASH_NAME = re.compile(r"[-_'\w]{1,32}")
_NAME_LIMIT = 32
_DESCRIPTION_LIMIT = 100
_OPTION_LIMIT = 25
_TEXT_LIMIT = 8000
"""Characters of a command's names, descriptions and values together, each in its longest language."""


class CommandRoutes:
    """Handlers of the bot's global commands and of those of one server."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._find = Lookup(world)

    def routes(self) -> list[web.RouteDef]:
        """The routes."""
        application = PREFIX + "/applications/{application_id}"
        routes: list[web.RouteDef] = []
        for commands in (application + "/commands", application + "/guilds/{guild_id}/commands"):
            routes += [
                web.get(commands, self.listed),
                web.put(commands, self.replace),
                web.post(commands, self.add),
                web.get(commands + "/{command_id}", self.read),
                web.delete(commands + "/{command_id}", self.delete),
            ]
        permissions = application + "/guilds/{guild_id}/commands/{command_id}/permissions"
        return [*routes, web.get(permissions, self.permissions)]

    async def permissions(self, request: web.Request) -> web.Response:
        """What a server has set about one command, or about all of them (by the application's id)."""
        self._commands(request)
        guild_id, command_id = (self._find.number(request, name) for name in ("guild_id", "command_id"))
        entries = self._world.command_permissions.get((guild_id, command_id))
        if not entries:
            raise ApiError(UNKNOWN_COMMAND_PERMISSIONS)
        return answer(
            {
                "id": str(command_id),
                "application_id": str(self._world.application.id),
                "guild_id": str(guild_id),
                "permissions": [
                    {"id": str(target), "type": kind, "permission": allowed}
                    for (target, kind), allowed in entries.items()
                ],
            }
        )

    async def listed(self, request: web.Request) -> web.Response:
        """The commands registered there."""
        return answer(self._commands(request))

    async def read(self, request: web.Request) -> web.Response:
        """One command."""
        return answer(self._command(request))

    async def replace(self, request: web.Request) -> web.Response:
        """Replace the list of commands; one whose name and type stay keeps its id."""
        old = self._commands(request)
        bodies = cast("list[Json]", await read_json(request) or [])
        kinds = Counter(int(body.get("type") or CommandKind.SLASH) for body in bodies)
        if any(number > _AT_MOST[kind] for kind, number in kinds.items()):
            raise ApiError(COMMAND_LIMIT)
        guild_id = self._guild_id(request)
        new = [self._registered(body, guild_id, old, str(index)) for index, body in enumerate(bodies)]
        self._world.register_commands(guild_id, new)
        return answer(new)

    async def add(self, request: web.Request) -> web.Response:
        """Register one command, or replace the one of its name."""
        old = self._commands(request)
        guild_id = self._guild_id(request)
        new = self._registered(await read_object(request), guild_id, old, "")
        others = [command for command in old if command["id"] != new["id"]]
        self._world.register_commands(guild_id, [*others, new])
        return answer(new, status=200 if len(others) < len(old) else 201)

    async def delete(self, request: web.Request) -> web.Response:
        """Unregister one command."""
        command = self._command(request)
        others = [other for other in self._commands(request) if other is not command]
        self._world.register_commands(self._guild_id(request), others)
        return web.Response(status=204)

    def _guild_id(self, request: web.Request) -> int | None:
        return self._find.number(request, "guild_id") if "guild_id" in request.match_info else None

    def _commands(self, request: web.Request) -> list[Json]:
        if self._find.number(request, "application_id") != self._world.application.id:
            raise ApiError(MISSING_ACCESS)
        guild_id = self._guild_id(request)
        guild = self._world.guilds.get(guild_id or 0)
        if guild_id is not None and (guild is None or not self._world.joined(guild)):
            raise ApiError(MISSING_ACCESS)
        return self._world.commands.get(guild_id, [])

    def _command(self, request: web.Request) -> Json:
        wanted = request.match_info["command_id"]
        for command in self._commands(request):
            if command["id"] == wanted:
                return command
        raise ApiError(UNKNOWN_COMMAND)

    def _registered(self, body: Json, guild_id: int | None, old: list[Json], where: str) -> Json:
        kind = int(body.get("type") or CommandKind.SLASH)
        _check(body, kind, f"{where}." if where else "")
        key = (body["name"], kind)
        same = [command for command in old if (command["name"], command["type"]) == key]
        permissions = body.get("default_member_permissions")
        command: Json = {
            "id": same[0]["id"] if same else str(self._world.snowflakes.next()),
            "application_id": str(self._world.application.id),
            "version": str(self._world.snowflakes.next()),
            "default_member_permissions": None if permissions is None else str(permissions),
            "type": kind,
            "name": body["name"],
            "description": body.get("description") or "",
            "nsfw": bool(body.get("nsfw")),
            "integration_types": body.get("integration_types") or [0],
            "contexts": body.get("contexts"),
        }
        if guild_id is not None:
            command["guild_id"] = str(guild_id)
        else:
            command["dm_permission"] = body.get("dm_permission", True) is not False
        for optional in ("options", "name_localizations", "description_localizations"):
            if body.get(optional):
                command[optional] = body[optional]
        return command


def _check(body: Json, kind: int, where: str) -> None:
    """Raise `ApiError` for names and descriptions that Discord refuses."""
    if kind != CommandKind.SLASH:
        for field, name in _texts(body, "name", where):
            if not 1 <= len(name) <= _NAME_LIMIT:
                raise invalid(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
        if body.get("description"):
            raise invalid(
                f"{where}description",
                "APPLICATION_COMMAND_DESCRIPTION_NOT_ALLOWED",
                "Context menu commands cannot have description",
            )
        return
    _check_named(body, where)
    _check_options(cast("list[Json]", body.get("options") or []), where)
    if _length(body) > _TEXT_LIMIT:
        raise invalid(
            where.removesuffix(".") or "name",
            "APPLICATION_COMMAND_TOO_LARGE",
            "Command exceeds maximum size (8000)",
        )


def _check_named(body: Json, where: str) -> None:
    for field, name in _texts(body, "name", where):
        if not _SLASH_NAME.fullmatch(name) or name != name.lower():
            raise invalid(field, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    for field, description in _texts(body, "description", where):
        if not 1 <= len(description) <= _DESCRIPTION_LIMIT:
            raise invalid(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def _texts(body: Json, what: str, where: str) -> list[tuple[str, str]]:
    """A name or description in every language, each after the path of its field."""
    localizations = cast("Json", body.get(f"{what}_localizations") or {})
    if unknown := sorted(localizations.keys() - set(LOCALES)):
        raise invalid(
            f"{where}{what}_localizations",
            "ENUM_TYPE_COERCE",
            f'Value "{unknown[0]}" is not a valid enum value.',
        )
    texts = [(f"{where}{what}", str(body.get(what) or ""))]
    return texts + [
        (f"{where}{what}_localizations.{locale}", str(text or "")) for locale, text in localizations.items()
    ]


def _length(body: Json) -> int:
    longest = sum(
        max(len(text) for _, text in _texts(body, what, ""))
        for what in ("name", "description")
        if body.get(what)
    )
    return longest + sum(_length(option) for option in cast("list[Json]", body.get("options") or []))


def _check_options(options: list[Json], where: str) -> None:
    if len(options) > _OPTION_LIMIT:
        raise invalid(f"{where}options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for locale in (None, *LOCALES):
        names = [_name_in(option, locale) for option in options]
        if len(set(names)) < len(names):
            raise invalid(
                f"{where}options",
                "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
                "Option name already exists",
            )
    optional_seen = False
    for index, option in enumerate(options):
        path = f"{where}options.{index}."
        _check_named(option, path)
        if option.get("required") and optional_seen:
            raise invalid(
                f"{path}required",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional_seen = optional_seen or not option.get("required")
        _check_options(cast("list[Json]", option.get("options") or []), path)


def _name_in(option: Json, locale: str | None) -> str:
    localizations = cast("Json", option.get("name_localizations") or {})
    return str(localizations.get(locale) or option.get("name")) if locale else str(option.get("name"))
