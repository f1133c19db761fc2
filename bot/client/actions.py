"""What the bot does on Discord by REST alone: deliver, look again, take back. A worker needs no more."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import discord
import discord.http

from bot import errors
from bot.client.delivery import ThreadDelivery
from bot.client.login import logging_in
from bot.client.seen import attachment_again
from bot.client.threads import Threads

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

    from bot.models import Attachment, Case, Posted, VoiceNote
    from bot.notes import Record


class Hands:
    """Acts on Discord through a client that is logged in."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._threads = Threads(client)

    def deliver(self, case: Case, siblings: Sequence[Case], record: Record) -> ThreadDelivery:
        """Where the answer to a posted note goes."""
        return ThreadDelivery(self._threads, case, siblings, record)

    async def withdraw(self, message_id: int, channel_id: int, posted: Posted) -> None:
        """Delete an answer whose note was deleted."""
        await self._threads.withdraw(message_id, channel_id, posted)

    def permissions_changed(self, channel_ids: Iterable[int]) -> None:
        """Somebody changed what the bot may do in these channels."""
        self._threads.permissions_changed(channel_ids)

    async def fresh_link(self, note: VoiceNote) -> Attachment:
        """The note's attachment with a link that works.

        Raises:
            Gone: message or attachment are no longer there, or cannot be seen.
            DownloadFailed: Discord does not tell now.
        """
        channel = self._client.get_partial_messageable(note.channel_id, guild_id=note.guild_id)
        try:
            message = await channel.fetch_message(note.message_id)
        except (discord.NotFound, discord.Forbidden) as error:
            raise errors.Gone(f"code {error.code}") from error
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            raise errors.DownloadFailed(type(error).__name__) from error
        attachment = attachment_again(message, note.attachment.id)
        if attachment is None:
            raise errors.Gone
        return attachment


@asynccontextmanager
async def logged_in(token: str, api_url: str) -> AsyncGenerator[Hands]:
    """Hands without a gateway connection.

    Raises:
        LoginRefusedError, DiscordAwayError: as their names say.
    """
    discord.http.Route.BASE = api_url
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    # No gateway asks for them; but without this one discord.py warns of what does not concern us.
    intents = discord.Intents(guilds=True)
    client = discord.Client(intents=intents, allowed_mentions=discord.AllowedMentions.none())
    async with client:
        with logging_in():
            await client.login(token)
        yield Hands(client)
