"""Where something is: channels and threads as discord.py knows them or, where it does not, as Discord tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import errors
from bot.client.posting.refusals import FAILED, passes

if TYPE_CHECKING:
    KnownChannel = discord.abc.GuildChannel | discord.Thread


async def known_channel(client: discord.Client, channel_id: int) -> KnownChannel | None:
    """A channel or thread of a server; None if the bot can't see it. discord.py knows no threads that are archived.

    Raises:
        DiscordAway: Discord does not tell now.
    """
    channel = client.get_channel(channel_id)
    try:
        found = channel or await client.fetch_channel(channel_id)
    except FAILED as error:
        if passes(error):
            raise errors.DiscordAway(type(error).__name__) from error
        return None
    return found if isinstance(found, discord.abc.GuildChannel | discord.Thread) else None


async def place_of(client: discord.Client, channel_id: int, guild_id: int | None) -> tuple[int, ...]:
    """Whose settings hold in a channel, the nearest first: its own; of a thread, the thread's and then its channel's.

    Args:
        client: connected.
        channel_id: the channel or thread.
        guild_id: the server; None in direct messages.

    Raises:
        DiscordAway: Discord does not tell now what it is.
    """
    channel = None if guild_id is None else await known_channel(client, channel_id)
    if isinstance(channel, discord.Thread):
        return (channel_id, channel.parent_id)
    return (channel_id,)
