"""The Discord client: connects, and hands what it sees to the cogs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import discord
import discord.gateway
import discord.http
import structlog
import yarl
from discord.ext import commands

from bot import errors, reply
from bot.client.delivery import ThreadDelivery
from bot.client.seen import attachment_again
from bot.client.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.models import Attachment, VoiceNote
    from bot.reception import Reception
    from bot.store import Store

log = structlog.get_logger("earshot.discord")


class ContentIntentMissingError(Exception):
    """The message content intent is not switched on for this application."""


class LoginRefusedError(Exception):
    """Discord does not know the token."""


class DiscordAwayError(Exception):
    """Discord could not be reached to log in; later attempts may."""


class VoiceBot(commands.AutoShardedBot):
    """The bot on Discord.

    Args:
        api_url: Discord's REST API; the gateway's address is asked there.
        extensions: the cogs, as modules.
        content: whether to ask for the message content intent, without which attachments in servers are not seen.
    """

    reception: Reception
    """Set before the bot connects: what delivers needs the bot, and the bot needs what delivers."""
    store: Store
    """Likewise."""

    def __init__(self, *, api_url: str, extensions: Sequence[str], content: bool) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=content)
        # This bot never joins a voice channel, so what is missing for that is nobody's concern.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=(),
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        discord.http.Route.BASE = api_url
        self._extension_names = extensions
        self._threads = Threads(self)
        self._left_over: list[VoiceNote] = []

    async def run_until_closed(self, token: str) -> None:
        """Connect and stay until closed.

        Raises:
            ContentIntentMissingError: connect again without it.
            LoginRefusedError: the token is wrong.
            DiscordAwayError: connect again later. Once connected, discord.py does so by itself.
        """
        try:
            async with self:
                await self.start(token)
        except discord.PrivilegedIntentsRequired as error:
            raise ContentIntentMissingError from error
        except discord.LoginFailure as error:
            raise LoginRefusedError from error
        except (OSError, aiohttp.ClientError, discord.GatewayNotFound, discord.DiscordServerError) as error:
            raise DiscordAwayError(type(error).__name__) from error

    async def setup_hook(self) -> None:
        """Load the cogs, tell Discord the commands. Called by discord.py between login and connection."""
        # The library asks for the gateway's address only sometimes; where it does not, this is its default.
        _, gateway, _ = await self.http.get_bot_gateway()
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self.tree.on_error = self._on_command_error
        for name in self._extension_names:
            await self.load_extension(name)
        try:
            await self.tree.sync()
        except discord.HTTPException as error:
            # Commands registered by a former run still work, and notes need none.
            log.warning("commands not registered", status=error.status, code=error.code)
        # Read before connecting: what is unfinished now, a former run left.
        self._left_over = await self.reception.unfinished()

    async def on_connect(self) -> None:
        """Take up what a former run left. Discord says this once it has accepted us, and at each new session."""
        if self._left_over:
            log.info("taking up unfinished notes", notes=len(self._left_over))
            self.reception.resume(
                self._left_over, lambda note: ThreadDelivery(self._threads, note, resumed=True)
            )
            self._left_over = []

    async def on_ready(self) -> None:
        """Say so."""
        log.info("ready", user=str(self.user), guilds=len(self.guilds), shards=self.shard_count)

    async def on_message(self, message: discord.Message, /) -> None:
        """Keep discord.py from looking for prefix commands; the listen cog hears messages."""

    def delivery(self, note: VoiceNote) -> ThreadDelivery:
        """Where the answer to a posted note goes."""
        return ThreadDelivery(self._threads, note)

    async def fresh_link(self, note: VoiceNote) -> Attachment:
        """The note's attachment with a link that works.

        Raises:
            Gone: message or attachment are no longer there, or cannot be seen.
        """
        channel = self.get_partial_messageable(note.channel_id, guild_id=note.guild_id)
        try:
            message = await channel.fetch_message(note.message_id)
        except discord.HTTPException as error:
            raise errors.Gone from error
        attachment = attachment_again(message, note.attachment.id)
        if attachment is None:
            raise errors.Gone
        return attachment

    async def _on_command_error(
        self, interaction: discord.Interaction, error: discord.app_commands.AppCommandError
    ) -> None:
        cause = error.__cause__ if isinstance(error, discord.app_commands.CommandInvokeError) else None
        log.error(
            "command failed",
            command=interaction.command and interaction.command.qualified_name,
            exc_info=cause,
        )
        text = reply.sentence(cause if isinstance(cause, Exception) else error)
        if interaction.response.is_done():
            await interaction.followup.send(
                text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
            )
        else:
            await interaction.response.send_message(
                text, ephemeral=True, allowed_mentions=discord.AllowedMentions.none()
            )
