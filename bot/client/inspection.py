"""What Discord tells of the bot's standing: how many sessions are left, and what the bot may do in which channel. For `check`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord
from discord.http import Route

from bot.client.actions import rest_client
from bot.client.login import DiscordAwayError, LoginRefusedError, logging_in
from bot.client.posting.refusals import FAILED
from bot.client.seen import USEFUL, granted_by
from bot.models import ChannelKind
from bot.policy import lacking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.proxies import Proxies

_MOST_SERVERS = 40
"""That are looked at: three requests each, of the fifty a second that Discord takes."""
_MOST_COUNTED = 1000
"""Five requests: a bot in a hundred thousand servers would ask for half a minute how many there are."""
_KINDS = {
    discord.ChannelType.text: ChannelKind.TEXT,
    discord.ChannelType.news: ChannelKind.TEXT,
    discord.ChannelType.forum: ChannelKind.THREAD,
    discord.ChannelType.media: ChannelKind.THREAD,
    discord.ChannelType.voice: ChannelKind.VOICE,
    discord.ChannelType.stage_voice: ChannelKind.VOICE,
}
"""What answering needs, by the kind of channel; in a forum, it is done in threads."""
_UNREADABLE = (discord.InvalidData, KeyError, TypeError, ValueError)
"""What discord.py raises where Discord says something that it does not know, such as a new type of channel."""


class NotInspectedError(Exception):
    """Discord does not tell now; the text says in a word why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedServer:
    """A server that the bot is in."""

    name: str
    channels: int
    """How many it has in which answers can be posted."""
    seen: int
    """How many of those the bot sees."""
    missing: Mapping[str, tuple[str, ...]]
    """The permissions that the bot lacks in channels it sees, as Discord names them, each with those channels' names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """How the bot stands with Discord."""

    sessions_left: int
    """How often it can connect before `sessions_renewed` seconds are over."""
    sessions: int
    sessions_renewed: float
    invitation: str
    """The link by which a server gets the bot, with all permissions that it has a use for."""
    servers: int
    """How many it is in; of more than a thousand, a thousand."""
    looked_at: tuple[InspectedServer, ...]
    """Some forty of them at most."""
    untold: int
    """How many would have been looked at, but Discord does not tell of them now."""


async def inspected(token: str, api_url: str, proxies: Proxies, *, seconds: float) -> Inspection:
    """Ask Discord, over REST alone, so that a bot that runs is not disturbed.

    Args:
        token: one that Discord takes.
        api_url: Discord's REST API.
        proxies: which proxy Discord is reached by.
        seconds: how long it may take. Servers that are not told of by then are counted, and no more.

    Raises:
        NotInspectedError: Discord does not tell now.
    """
    try:
        deadline = asyncio.get_running_loop().time() + seconds
        async with rest_client(api_url, proxies) as client:
            async with asyncio.timeout_at(deadline):
                with logging_in():
                    await client.login(token)
                # discord.py asks this itself when it connects, and keeps most of the answer to itself.
                sessions = (await client.http.request(Route("GET", "/gateway/bot")))["session_start_limit"]
                guilds = [
                    guild.id async for guild in client.fetch_guilds(limit=_MOST_COUNTED, with_counts=False)
                ]
            asked = guilds[:_MOST_SERVERS]
            told = await asyncio.gather(*(_server_by(deadline, client, guild_id) for guild_id in asked))
            looked_at = tuple(each for each in told if each is not None)
            return Inspection(
                sessions_left=sessions["remaining"],
                sessions=sessions["total"],
                sessions_renewed=sessions["reset_after"] / 1000,
                invitation=_invitation(client),
                servers=len(guilds),
                looked_at=looked_at,
                untold=len(asked) - len(looked_at),
            )
    except (LoginRefusedError, DiscordAwayError) as error:
        raise NotInspectedError(str(error)) from error
    except (*FAILED, *_UNREADABLE) as error:
        raise NotInspectedError(type(error).__name__) from error


async def _server_by(deadline: float, client: discord.Client, guild_id: int) -> InspectedServer | None:
    """A server; None where Discord does not tell of it in time, or not so that it can be read: the others are told all the same."""
    try:
        async with asyncio.timeout_at(deadline):
            return await _server(client, guild_id)
    except (*FAILED, *_UNREADABLE):
        return None


async def _server(client: discord.Client, guild_id: int) -> InspectedServer:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    assert client.user is not None  # noqa: S101 - it has logged in
    channels, me = await asyncio.gather(guild.fetch_channels(), guild.fetch_member(client.user.id))
    of_use = seen = 0
    missing: dict[str, tuple[str, ...]] = {}
    for channel in channels:
        kind = _KINDS.get(channel.type)
        if kind is None:
            continue
        of_use += 1
        granted = granted_by(channel.permissions_for(me))
        # A channel that the bot is not let into is somebody's decision.
        if "View Channel" not in granted:
            continue
        seen += 1
        for permission in lacking(kind, granted):
            missing[permission] = (*missing.get(permission, ()), channel.name)
    return InspectedServer(name=guild.name, channels=of_use, seen=seen, missing=missing)


def _invitation(client: discord.Client) -> str:
    assert client.application_id is not None  # noqa: S101 - it has logged in
    permissions = discord.Permissions(**dict.fromkeys(USEFUL, True), manage_threads=True)
    return discord.utils.oauth_url(
        client.application_id, permissions=permissions, scopes=("bot", "applications.commands")
    )
