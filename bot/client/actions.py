"""What the bot does on Discord by REST alone: post answers, ask for fresh links, delete. A worker needs no more."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import discord

from bot import errors
from bot.client import process_wide
from bot.client.login import logging_in
from bot.client.posting.delivery import DeliveryContext, ThreadDelivery
from bot.client.posting.refusals import FAILED, passes
from bot.client.recollection import Recollection
from bot.client.seen import attachment_again, seen_message
from bot.connections import ProxyConnector
from bot.proxies import Proxies

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from bot.client.posting.pages import OnPosted
    from bot.models import Attachment, Claim, SeenMessage, VoiceNote


class Actions:
    """What the bot does on Discord. Needs a client that is logged in, but no connection to the gateway."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._context = DeliveryContext(client)
        self.recollection = Recollection(client)

    def deliver(self, claim: Claim, taken: set[int], on_posted: OnPosted) -> ThreadDelivery:
        """The delivery of the answer to a posted note."""
        return ThreadDelivery(self._context, claim, taken, on_posted)

    async def delete_own(self, channel_id: int, guild_id: int | None, message_id: int, *, about: int) -> bool:
        """Delete one of the bot's own messages that the ledger knows nothing of any more; whether it is gone.

        What is neither in the thread on the note's message, which is `about`, nor a reply to it is left alone.

        Raises:
            DiscordAway: not now.
        """
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            message = await channel.fetch_message(message_id)
            replied = message.reference.message_id if message.reference is not None else None
            if self._client.user is None or message.author.id != self._client.user.id:
                return False
            if about not in {channel_id, replied}:
                return False
            await message.delete()
        except FAILED as error:
            if passes(error):
                raise errors.DiscordAway(type(error).__name__) from error
            return isinstance(error, discord.NotFound)
        return True

    def permissions_changed(self, channel_ids: Iterable[int]) -> None:
        """Somebody changed what the bot may do in these channels."""
        self._context.restrictions.permissions_changed(channel_ids)

    async def seen(self, note: VoiceNote) -> SeenMessage:
        """The message of a note of which only the ids are known.

        Raises:
            Gone, DownloadFailed: as for `fresh_link`.
        """
        message = await self._message(note)
        try:
            channel = self._client.get_channel(note.channel_id) or (
                message.channel
                if note.guild_id is None
                else await self._client.fetch_channel(note.channel_id)
            )
        except FAILED as error:
            raise errors.DownloadFailed(type(error).__name__) from error
        return seen_message(message, channel)

    async def fresh_link(self, note: VoiceNote) -> Attachment:
        """The note's attachment with a link that works. Called when the link in the note has expired.

        Raises:
            Gone: message or attachment are no longer there, or cannot be seen.
            DownloadFailed: Discord does not tell now.
        """
        attachment = attachment_again(await self._message(note), note.attachment.id)
        if attachment is None:
            raise errors.Gone
        return attachment

    async def _message(self, note: VoiceNote) -> discord.Message:
        channel = self._client.get_partial_messageable(note.channel_id, guild_id=note.guild_id)
        try:
            return await channel.fetch_message(note.message_id)
        except FAILED as error:
            if isinstance(error, discord.NotFound | discord.Forbidden) and not passes(error):
                raise errors.Gone(f"code {error.code}") from error
            raise errors.DownloadFailed(type(error).__name__) from error


@asynccontextmanager
async def logged_in(token: str, api_url: str, *, proxies: Proxies | None = None) -> AsyncGenerator[Actions]:
    """Logs in, without a connection to the gateway. For worker processes.

    Args:
        token: the bot's.
        api_url: Discord's REST API.
        proxies: which proxy Discord is reached by.

    Raises:
        LoginRefusedError, DiscordAwayError: as their names say.
    """
    async with rest_client(api_url, proxies) as client:
        with logging_in():
            await client.login(token)
        yield Actions(client)


def rest_client(api_url: str, proxies: Proxies | None = None) -> discord.Client:
    """A client that is to be logged in, but not to be connected to the gateway.

    Args:
        api_url: Discord's REST API. The library keeps it for the whole process.
        proxies: those that lead there, if any.
    """
    process_wide.set_up(api_url)
    return discord.Client(
        # No gateway asks for them; but without this one discord.py warns of what does not concern us.
        intents=discord.Intents(guilds=True),
        # For everything that is sent or edited; no send says it itself.
        allowed_mentions=discord.AllowedMentions.none(),
        connector=ProxyConnector(proxies or Proxies(), limit=0),
    )
