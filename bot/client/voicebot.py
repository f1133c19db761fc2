"""The Discord client: connects, and hands what it sees to the cogs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import aiohttp
import discord
import discord.gateway
import discord.http
import structlog
import yarl
from discord.ext import commands

from bot import reply
from bot.client.actions import Actions
from bot.client.login import logging_in
from bot.client.seen import is_elsewhere

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.client.catchup import CatchUp
    from bot.notes import Reception
    from bot.storage import GuildSettings

log = structlog.get_logger("earshot.discord")

_UNKNOWN_INTERACTION = 10062


class VoiceBot(commands.AutoShardedBot):
    """The bot on Discord.

    Args:
        api_url: Discord's REST API; the gateway's address is asked there.
        extensions: the cogs, as modules.
        content: whether to ask for the message content intent, without which attachments in servers are not seen.
        shard_count, shard_ids: all shards there are, and those of this process; by default Discord decides.
    """

    reception: Reception
    """Set before the bot connects: what delivers needs the bot, and the bot needs what delivers."""
    guild_settings: GuildSettings
    """Likewise."""
    catch_up: CatchUp
    """Likewise."""

    def __init__(
        self,
        *,
        api_url: str,
        extensions: Sequence[str],
        content: bool,
        shard_count: int | None = None,
        shard_ids: Sequence[int] | None = None,
    ) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=content)
        # This bot never joins a voice channel, so what is missing for that is nobody's concern.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=(),
            help_command=None,
            intents=intents,
            # For everything that is sent or edited, by cogs and commands too; no send says it itself.
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            shard_count=shard_count,
            shard_ids=list(shard_ids) if shard_ids else None,  # pyright: ignore[reportArgumentType] - its own default
        )
        discord.http.Route.BASE = api_url
        self._extension_names = extensions
        self.actions = Actions(self)

    async def run_until_closed(self, token: str) -> None:
        """Connect and stay until closed.

        Raises:
            ContentIntentMissingError: connect again without it.
            LoginRefusedError: something has to be changed first.
            DiscordAwayError: connect again later. Once connected, discord.py does so by itself.
        """
        with logging_in():
            async with self:
                await self.start(token)

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
        # What a former run left needs no session, and Discord may make us wait for one.
        await self._take_up()

    async def on_connect(self) -> None:
        """Discord has accepted us: what could not be finished while it was away may go on."""
        await self._take_up()

    async def _take_up(self) -> None:
        if count := await self.reception.resume():
            log.info("taking up unfinished notes", messages=count)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session began: what was posted before it has to be looked for."""
        await self.catch_up.begin(shard_id)

    async def on_shard_ready(self, shard_id: int) -> None:
        """The shard's servers are known."""
        # Without their content, the messages of servers hold nothing to catch up with.
        content = self.intents.message_content
        await self.catch_up.run(
            shard_id,
            [guild for guild in self.guilds if content and guild.shard_id == shard_id],
            direct=self._direct_channel if shard_id == 0 else None,
        )

    def _direct_channel(self, channel_id: int) -> discord.PartialMessageable:
        return self.get_partial_messageable(channel_id, type=discord.ChannelType.private)

    async def on_ready(self) -> None:
        """Say so."""
        log.info("ready", user=str(self.user), guilds=len(self.guilds), shards=self.shard_count)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """What handling an event has raised. At the end, Discord and database close under its hands."""
        if self.is_closed() or self.reception.closing:
            log.info("an event was cut short by the end of this run", handler=event_method)
        else:
            # discord.py calls this while the exception is being handled.
            log.error("an event could not be handled", handler=event_method, exc_info=True)  # noqa: LOG014

    async def channel_of(self, message: discord.Message) -> object:
        """Where a message is. Where discord.py does not know, Discord is asked, once there is anything to hear."""
        if is_elsewhere(message) and (message.attachments or message.message_snapshots):
            try:
                return await self.fetch_channel(message.channel.id)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("a channel is not known", channel=message.channel.id, error=type(error).__name__)
        return message.channel

    async def deleted(self, message_ids: Sequence[int]) -> None:
        """Messages were deleted: forget the notes in them, and take back the answers."""
        for answer in await self.reception.deleted(message_ids):
            await self.actions.withdraw(answer)

    async def on_message(self, message: discord.Message, /) -> None:
        """Keep discord.py from looking for prefix commands; the listen cog hears messages."""

    async def _on_command_error(
        self, interaction: discord.Interaction, error: discord.app_commands.AppCommandError
    ) -> None:
        cause = error.original if isinstance(error, discord.app_commands.CommandInvokeError) else error
        command = interaction.command.qualified_name if interaction.command else None
        if isinstance(cause, discord.NotFound) and cause.code == _UNKNOWN_INTERACTION:
            log.warning("a command came too late to be answered", command=command)
            return
        log.error("command failed", command=command, exc_info=cause)
        text = reply.sentence(cause)
        with contextlib.suppress(discord.HTTPException):
            if interaction.response.is_done():
                await interaction.followup.send(text, ephemeral=True)
            else:
                await interaction.response.send_message(text, ephemeral=True)
