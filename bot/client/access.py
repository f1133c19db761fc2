"""Who may read what: whether a person, and the bot itself, may see a channel's messages. What Discord says counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord
from discord import app_commands

from bot import errors
from bot.client.places import known_channel
from bot.client.posting.refusals import FAILED, passes
from bot.marking import marked as _

if TYPE_CHECKING:
    from bot.client.places import KnownChannel
    from bot.reply import Words

Chosen = app_commands.AppCommandChannel | app_commands.AppCommandThread
_Data = dict[str, Any]
_NEEDED = (
    ("view_channel", "View Channel"),
    ("read_message_history", "Read Message History"),
)
_LACKING = _("I can't read the messages there: I lack the permission “{permission}”.")
_VOICE = {discord.ChannelType.voice, discord.ChannelType.stage_voice}


async def why_unreadable(interaction: discord.Interaction, chosen: Chosen | None, words: Words) -> str | None:
    """Why a person may not read the messages of a channel, or why the bot can't; None if both can.

    Args:
        interaction: a command.
        chosen: the channel chosen in it; None for that in which it was used.
        words: the person's language.

    Raises:
        DiscordAway: Discord does not tell now.
    """
    if (sentence := _no_place(interaction, words)) is not None:
        return sentence
    if interaction.guild_id is None and chosen is None:
        return None
    if chosen is None or chosen.id == interaction.channel_id:
        kind = interaction.channel.type if interaction.channel else None
        return _judged(interaction.permissions, interaction.app_permissions, kind, words)
    ours = await _own_permissions(interaction, chosen.id)
    return _judged(chosen.permissions, ours, chosen.type, words) or await _kept_out(
        interaction, chosen.id, chosen.type, chosen.permissions, words
    )


async def why_unreadable_now(interaction: discord.Interaction, channel_id: int, words: Words) -> str | None:
    """The same of a channel that a button names: Discord tells nothing of it, unless it is the button's own.

    Raises:
        DiscordAway: Discord does not tell now.
    """
    if channel_id == interaction.channel_id:
        return await why_unreadable(interaction, None, words)
    if (sentence := _no_place(interaction, words)) is not None:
        return sentence
    guild, person = _guild(interaction), interaction.user
    channel = await known_channel(interaction.client, channel_id)
    if (
        guild is None
        or channel is None
        or channel.guild.id != guild.id
        or not isinstance(person, discord.Member)
    ):
        return _not_yours(words)
    # The member is as Discord sent it with this press, roles included.
    theirs, ours = _permissions(channel, person), _permissions(channel, guild.me)
    return _judged(theirs, ours, channel.type, words) or await _kept_out(
        interaction, channel.id, channel.type, theirs, words
    )


def not_let_in(words: Words) -> str:
    """What is said where Discord did not let the bot read, whatever was known before."""
    return words(_LACKING, permission=words(_NEEDED[0][1]))


def _judged(
    theirs: discord.Permissions | None,
    ours: discord.Permissions | None,
    kind: discord.ChannelType | None,
    words: Words,
) -> str | None:
    """Why a channel can't be read, by what the person and the bot may do there."""
    if _missing(theirs, kind) is not None:
        return _not_yours(words)
    missing = _missing(ours, kind)
    return None if missing is None else words(_LACKING, permission=words(missing))


async def _kept_out(
    interaction: discord.Interaction,
    channel_id: int,
    kind: discord.ChannelType,
    theirs: discord.Permissions | None,
    words: Words,
) -> str | None:
    """Why a person may not read a private thread: permissions don't tell who is in it."""
    if kind is not discord.ChannelType.private_thread or (theirs is not None and theirs.manage_threads):
        return None
    try:
        await interaction.client.http.get_thread_member(channel_id, interaction.user.id)
    except FAILED as error:
        if passes(error):
            raise errors.DiscordAway(type(error).__name__) from error
        return _not_yours(words)
    return None


def _no_place(interaction: discord.Interaction, words: Words) -> str | None:
    """Why nothing of the whole place can be read: the bot is no part of it."""
    if interaction.guild_id is not None:
        if _guild(interaction) is not None:
            return None
        return words(
            "I'm no member of this server, so I can't read its messages. Use the menus on a message instead."
        )
    if not interaction.context.private_channel:
        return None
    return words(
        "I can't read messages in private conversations of others. Use the menus on a message instead."
    )


def _not_yours(words: Words) -> str:
    return words("You may not read the messages there, so I don't tell what is in them.")


def _missing(granted: discord.Permissions | None, kind: discord.ChannelType | None) -> str | None:
    """The first permission that is missing to read a channel's messages, as Discord names it."""
    if granted is None:
        return _NEEDED[0][1]
    for flag, name in _NEEDED:
        if not getattr(granted, flag):
            return name
    return "Connect" if kind in _VOICE and not granted.connect else None


def _guild(interaction: discord.Interaction) -> discord.Guild | None:
    """The server, if the bot is a member there: what an interaction carries is a stub without channels."""
    return interaction.client.get_guild(interaction.guild_id) if interaction.guild_id else None


def _permissions(channel: KnownChannel, member: discord.Member) -> discord.Permissions | None:
    try:
        return channel.permissions_for(member)
    except discord.ClientException:
        # A thread whose channel is not known.
        return None


async def _own_permissions(interaction: discord.Interaction, channel_id: int) -> discord.Permissions | None:
    """What the bot may do in a chosen channel. Discord tells it; discord.py does not hand it on."""
    data = cast("_Data", interaction.data or {})
    told = data.get("resolved", {}).get("channels", {}).get(str(channel_id), {}).get("app_permissions")
    if told is not None:
        return discord.Permissions(int(told))
    guild, channel = _guild(interaction), await known_channel(interaction.client, channel_id)
    return None if guild is None or channel is None else _permissions(channel, guild.me)
