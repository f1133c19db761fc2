"""Finding what a request's path names: channel, message, server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord.kinds import ChannelKind
from sandbox.discord.permissions import Permission
from sandbox.discord.rest.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    UNKNOWN_CHANNEL,
    UNKNOWN_GUILD,
    UNKNOWN_MESSAGE,
    ApiError,
    invalid,
)
from sandbox.discord.state import Thread

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.discord.state import Channel, Guild, Message
    from sandbox.discord.world import World


class Lookup:
    """Finds what a request's path names. Every method raises `ApiError` with Discord's code if it is not there."""

    def __init__(self, world: World) -> None:
        self._world = world

    def number(self, request: web.Request, name: str) -> int:
        """The id that stands in the path under that name."""
        text = request.match_info[name]
        if not text.isdecimal():
            raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{text}" is not snowflake.')
        return int(text)

    def channel(self, request: web.Request, *needed: Permission) -> Channel:
        """The channel, if the bot may view it and has the permissions needed."""
        channel = self._world.channels.get(self.number(request, "channel_id"))
        if channel is None:
            raise ApiError(UNKNOWN_CHANNEL)
        self.allow(channel, *needed)
        return channel

    def allow(self, channel: Channel, *needed: Permission) -> None:
        """Raise `ApiError` if the bot may not view the channel or lacks one of the permissions needed."""
        granted = self._world.permissions(channel)
        if not granted & Permission.VIEW_CHANNEL or self._kept_out(channel, granted):
            raise ApiError(MISSING_ACCESS)
        if any(not granted & permission for permission in needed):
            raise ApiError(MISSING_PERMISSIONS)

    def _kept_out(self, channel: Channel, granted: Permission) -> bool:
        """Whether it is a private thread that the bot is not in, and can't moderate."""
        return (
            isinstance(channel, Thread)
            and channel.kind is ChannelKind.PRIVATE_THREAD
            and self._world.me.id not in channel.members
            and not granted & Permission.MANAGE_THREADS
        )

    def message(self, request: web.Request, channel: Channel) -> Message:
        """The message the path names, in that channel."""
        message = channel.by_id.get(self.number(request, "message_id"))
        if message is None:
            raise ApiError(UNKNOWN_MESSAGE)
        return message

    def guild(self, request: web.Request) -> Guild:
        """The server, if the bot is a member of it."""
        guild = self._world.guilds.get(self.number(request, "guild_id"))
        if guild is None or not self._world.joined(guild):
            raise ApiError(UNKNOWN_GUILD)
        return guild
