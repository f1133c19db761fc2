"""What Discord tells of the bot's standing: how many sessions are left, and what the bot may do in which channel. For `check`."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import discord
from discord.http import Route

from bot.client.actions import rest_client
from bot.client.login import logging_in
from bot.client.refusals import FAILED
from bot.client.seen import USEFUL, granted_by
from bot.endpoints import Finding, Grade
from bot.models import ChannelKind
from bot.policy import lacking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.proxies import Proxies

_MOST_SERVERS = 40
"""That are looked at: three requests each, of the fifty a second that Discord takes."""
_SECONDS = 8.0
_MOST_NAMES = 5
_FEW_SESSIONS = 50
_KINDS = {
    discord.ChannelType.text: ChannelKind.TEXT,
    discord.ChannelType.news: ChannelKind.TEXT,
    discord.ChannelType.forum: ChannelKind.THREAD,
    discord.ChannelType.media: ChannelKind.THREAD,
    discord.ChannelType.voice: ChannelKind.VOICE,
    discord.ChannelType.stage_voice: ChannelKind.VOICE,
}
"""What answering needs, by the kind of channel; in a forum, it is done in threads."""


async def inspected(token: str, api_url: str, proxies: Proxies) -> list[Finding]:
    """Ask Discord, over REST alone, so that a bot that runs is not disturbed.

    Args:
        token: one that Discord takes.
        api_url: Discord's REST API.
        proxies: which proxy Discord is reached by.
    """
    try:
        async with asyncio.timeout(_SECONDS), rest_client(api_url, proxies) as client:
            with logging_in():
                await client.login(token)
            # discord.py asks this itself when it connects, and keeps most of the answer to itself.
            sessions = await client.http.request(Route("GET", "/gateway/bot"))
            return [_sessions(sessions["session_start_limit"]), *await _servers(client)]
    except (*FAILED, KeyError, TypeError, ValueError, TimeoutError) as error:
        text = f"not looked up: {type(error).__name__}"
        return [Finding("servers", Grade.WARNING, text, "try again in a while")]


def _sessions(limit: dict[str, int]) -> Finding:
    left, total, hours = limit["remaining"], limit["total"], round(limit["reset_after"] / 3_600_000)
    text = f"{left} of {total} connections to Discord are left; new ones in {hours} h"
    if left > _FEW_SESSIONS:
        return Finding("gateway sessions", Grade.OK, text)
    advice = "look why the bot starts so often: Discord takes the token back from one that uses them up"
    return Finding("gateway sessions", Grade.WARNING if left else Grade.FAILED, text, advice)


async def _servers(client: discord.Client) -> list[Finding]:
    """A finding for each server in which something is missing, and one for all others."""
    known = [guild async for guild in client.fetch_guilds(limit=None, with_counts=False)]
    if not known:
        text = "the bot is in none"
        return [Finding("servers", Grade.WARNING, text, f"invite it: {invitation(client)}")]
    looked_at = known[:_MOST_SERVERS]
    found = await asyncio.gather(*(_server(client, guild.id) for guild in looked_at))
    troubles = [finding for finding in found if finding is not None]
    text = (
        f"{len(known)}; nothing is missing in {len(looked_at) - len(troubles)} of {len(looked_at)} looked at"
    )
    return [Finding("servers", Grade.OK, text), *troubles]


async def _server(client: discord.Client, guild_id: int) -> Finding | None:
    """What is missing in a server; None if nothing is."""
    guild = await client.fetch_guild(guild_id, with_counts=False)
    assert client.user is not None  # noqa: S101 - it has logged in
    channels, me = await asyncio.gather(guild.fetch_channels(), guild.fetch_member(client.user.id))
    missing: dict[str, list[str]] = {}
    for channel in channels:
        kind = _KINDS.get(channel.type)
        granted = granted_by(channel.permissions_for(me))
        # A channel that the bot is not let into is somebody's decision.
        if kind is not None and "View Channel" in granted:
            for permission in lacking(kind, granted):
                missing.setdefault(permission, []).append(f"#{channel.name}")
    name = f"server {_printable(guild.name)}"
    if not any("View Channel" in granted_by(channel.permissions_for(me)) for channel in channels):
        return Finding(
            name, Grade.WARNING, "the bot sees no channel there", f"invite it again: {invitation(client)}"
        )
    if not missing:
        return None
    told = "; ".join(f"{permission} in {_listed(where)}" for permission, where in missing.items())
    advice = f"allow it in the settings of these channels, or invite the bot again: {invitation(client)}"
    return Finding(name, Grade.WARNING, f"lacks {told}", advice)


def invitation(client: discord.Client) -> str:
    """The link by which a server gets the bot, with all permissions that it has a use for; *Manage Threads* is for threads of deleted notes."""
    assert client.application_id is not None  # noqa: S101 - it has logged in
    permissions = discord.Permissions(**dict.fromkeys(USEFUL, True), manage_threads=True)
    return discord.utils.oauth_url(
        client.application_id, permissions=permissions, scopes=("bot", "applications.commands")
    )


def _listed(names: Iterable[str]) -> str:
    names = [_printable(name) for name in names]
    shown = ", ".join(itertools.islice(names, _MOST_NAMES))
    return f"{shown} and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else shown


def _printable(name: str) -> str:
    """A name that people gave, in one line."""
    return "".join(each if each.isprintable() else " " for each in name)
