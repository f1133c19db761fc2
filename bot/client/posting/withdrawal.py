"""Deletes answers whose note was deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import structlog

from bot import errors
from bot.client.posting.refusals import ARCHIVED, FAILED, passes

if TYPE_CHECKING:
    from bot.models import OrphanedAnswer

log = structlog.get_logger("earshot.withdrawal")


async def withdraw(client: discord.Client, answer: OrphanedAnswer) -> None:
    """Delete an answer's pages; its thread, too, if the bot opened it and nobody else wrote in it.

    What Discord does not let us delete is left, with a line in the log.

    Raises:
        DiscordAway: not all of it was deleted, but may be later.
    """
    away: Exception | None = None
    posted = answer.posted
    channel = client.get_partial_messageable(posted.channel_id)
    # A thread that was opened on a message has the message's id.
    in_thread = posted.channel_id == answer.message_id != answer.channel_id
    try:
        if in_thread and not answer.alone and (thread := await _ours_alone(client, posted.channel_id)):
            await thread.delete()
            return
    except FAILED as error:
        log.info("thread not deleted", thread=posted.channel_id, error=type(error).__name__)
        away = error if passes(error) else None
    for page in posted.pages:
        try:
            await _delete(client, channel.get_partial_message(page))
        except FAILED as error:
            away = error if passes(error) else away
    if away is not None:
        raise errors.DiscordAway(type(away).__name__) from away
    if in_thread and answer.alone:
        await discard_empty(client, posted.channel_id)


async def _delete(client: discord.Client, page: discord.PartialMessage) -> None:
    """Delete a page; in a thread that was closed meanwhile, too, which has to be opened for that."""
    try:
        await page.delete()
    except discord.HTTPException as error:
        if error.code != ARCHIVED:
            raise
        await client.http.edit_channel(page.channel.id, archived=False)
        await page.delete()


async def discard_empty(client: discord.Client, thread_id: int) -> None:
    """Delete a thread that the bot opened and in which nothing stands; archive it, where it may not be deleted.

    Called where the bot may not write in a thread it has just opened. If it is not so, nothing happens.
    """
    try:
        thread = await client.fetch_channel(thread_id)
        if client.user is None or not isinstance(thread, discord.Thread) or thread.owner_id != client.user.id:
            return
        if thread.message_count:
            return
        try:
            await thread.delete()
        except discord.Forbidden:
            await client.http.edit_channel(thread_id, archived=True)
    except FAILED as error:
        log.info("an empty thread not taken back", thread=thread_id, error=type(error).__name__)


async def _ours_alone(client: discord.Client, thread_id: int) -> discord.Thread | None:
    """The thread, if only the bot has written in it, as far as its first hundred messages tell."""
    me = client.user
    thread = await client.fetch_channel(thread_id)
    if me is None or not isinstance(thread, discord.Thread) or thread.owner_id != me.id:
        return None
    if not thread.total_message_sent:
        return thread
    channel = client.get_partial_messageable(thread_id)
    messages = [message async for message in channel.history(limit=100, oldest_first=True)]
    starter = discord.MessageType.thread_starter_message
    theirs = any(message.author.id != me.id and message.type is not starter for message in messages)
    # Without the permission to read the history, nothing is seen: that is no proof that nothing is there.
    return None if theirs or not messages else thread
