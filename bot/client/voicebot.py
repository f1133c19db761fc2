"""The Discord client: connects to the gateway, and follows what happens to the connection, servers and messages."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import aiohttp
import discord
import discord.gateway
import structlog
import yarl
from cachetools import LRUCache
from discord.ext import commands

from bot.client import process_wide
from bot.client.actions import Actions
from bot.client.failures import cause_of, tell_failure
from bot.client.login import UnreadableGatewayError, logging_in
from bot.client.privacy import DECISIONS
from bot.client.seen import attachment_ids, is_elsewhere, locale_of
from bot.client.translator import CatalogueTranslator
from bot.client.unreadable import UnreadableEvents, described
from bot.connections import ProxyConnector
from bot.proxies import Proxies
from bot.reply import Action

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from bot import reply
    from bot.client.about import About
    from bot.client.answering import Answering
    from bot.client.arrivals import Arrivals
    from bot.client.catchup import CatchUp
    from bot.client.flags import Flags
    from bot.client.membership import Membership
    from bot.client.own_presets import OwnPresets
    from bot.client.presses import Presses
    from bot.client.privacy import Privacy
    from bot.client.recap import Recaps
    from bot.client.reconciliation import Reconciliation
    from bot.client.recordings import Recordings
    from bot.client.server_settings import ServerSettings
    from bot.client.usage import UsageReports
    from bot.client.withdrawals import Withdrawals
    from bot.notes import NoteMaker, Offers, Reception, RunningCommands
    from bot.policy import RuleBook

log = structlog.get_logger("earshot.discord")

_MOST_PEOPLE = 10_000
"""Whose language is remembered: messages don't tell it, commands do."""
_LAST_WORDS_SECONDS = 0.7
"""How long the connection stays up for presses that are just being answered."""


class VoiceBot(commands.AutoShardedBot):
    """The bot on Discord.

    Args:
        api_url: Discord's REST API; the gateway's address is asked there.
        extensions: the cogs, as modules.
        content: whether to ask for the message content intent, without which attachments in servers are not seen.
        shard_count, shard_ids: all shards there are, and those of this process; by default Discord decides.
        proxies: which proxy Discord is reached by.
    """

    reception: Reception
    """Set by `Services.attach` before the bot connects: it needs the bot to act on Discord, and the bot needs it."""
    running_commands: RunningCommands
    """Likewise."""
    note_maker: NoteMaker
    """Likewise."""
    rule_book: RuleBook
    """Likewise."""
    catch_up: CatchUp
    """Likewise."""
    reconciliation: Reconciliation
    """Likewise."""
    withdrawals: Withdrawals
    """Likewise."""
    arrivals: Arrivals
    """Likewise."""
    answering: Answering
    """Likewise."""
    controls: reply.Controls
    """Likewise."""
    offers: Offers
    """Likewise."""
    own_presets: OwnPresets
    """Likewise."""
    recordings: Recordings
    """Likewise."""
    presses: Presses
    """Likewise."""
    privacy: Privacy
    """Likewise."""
    flags: Flags
    """Likewise."""
    server_settings: ServerSettings
    """Likewise."""
    recaps: Recaps
    """Likewise."""
    about: About
    """Likewise."""
    membership: Membership
    """Likewise."""
    usage: UsageReports
    """Likewise."""

    def __init__(
        self,
        *,
        api_url: str,
        extensions: Sequence[str],
        content: bool,
        shard_count: int | None = None,
        shard_ids: Sequence[int] | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        intents = discord.Intents(
            guilds=True,
            guild_messages=True,
            dm_messages=True,
            guild_reactions=True,
            dm_reactions=True,
            message_content=content,
        )
        process_wide.set_up(api_url)
        super().__init__(
            command_prefix=(),
            help_command=None,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            shard_count=shard_count,
            shard_ids=list(shard_ids) if shard_ids else None,  # pyright: ignore[reportArgumentType] - its own default
            # Without a limit, as discord.py's own.
            connector=ProxyConnector(proxies or Proxies(), limit=0),
        )
        self._extension_names = extensions
        self.actions = Actions(self)
        self.command_ids: dict[str, int] = {}
        """By the names of commands, once Discord has taken them: so that they can be mentioned."""
        self._languages: LRUCache[int, str] = LRUCache(_MOST_PEOPLE)
        self._pressed: set[asyncio.Event] = set()
        """For each press that is being answered: set when it is."""
        self._set_up = False
        self._unreadable = UnreadableEvents(
            self._connection.parsers, channel=self.get_channel, missed=self._missed, look=self._look
        )

    async def run_until_closed(self, token: str) -> None:
        """Connect and stay until closed.

        Raises:
            ContentIntentMissingError: connect again without it.
            LoginRefusedError: something has to be changed first.
            DiscordAwayError: connect again later. Lost connections are renewed by discord.py itself.
        """
        with logging_in():
            async with self:
                try:
                    await self.start(token)
                except (discord.DiscordException, aiohttp.ClientError, OSError):
                    raise
                except Exception as error:
                    if not self._set_up:
                        raise
                    log.error("what Discord sent can't be read", **described(error))  # noqa: TRY400
                    raise UnreadableGatewayError("what it sent can't be read") from None

    async def setup_hook(self) -> None:
        """Load the cogs, tell Discord the commands. Called by discord.py between login and connection."""
        # The library asks for the gateway's address only sometimes; where it does not, this is its default.
        _, gateway, _ = await self.http.get_bot_gateway()
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self.tree.on_error = self._on_command_error
        for name in self._extension_names:
            await self.load_extension(name)
        await self.tree.set_translator(CatalogueTranslator())
        try:
            told = await self.tree.sync()
        except discord.HTTPException as error:
            # Commands registered by a former run still work, and notes need none.
            log.warning("commands not registered", status=error.status, code=error.code)
        else:
            slash = discord.AppCommandType.chat_input
            self.command_ids.update((command.name, command.id) for command in told if command.type is slash)
        # What a former run left needs no session, and Discord may make us wait for one.
        await self._take_up()
        self._set_up = True

    async def close(self) -> None:
        """End the connection. Called by discord.py, and at the end of the run."""
        self._unreadable.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await asyncio.gather(*(done.wait() for done in self._pressed))
        await super().close()

    async def on_connect(self) -> None:
        """A session began: what could not be posted while Discord was away may go on."""
        await self._take_up()

    async def _take_up(self) -> None:
        if count := await self.reception.resume():
            log.info("taking up unfinished notes", messages=count)

    async def on_shard_connect(self, shard_id: int) -> None:
        """A new session began: what was posted before it has to be looked for."""
        await self.catch_up.begin(shard_id)

    async def on_shard_ready(self, shard_id: int) -> None:
        """The shard's servers are known."""
        # Without the message content intent, messages in servers come without attachments.
        content = self.intents.message_content
        await self.catch_up.run(
            shard_id,
            [guild for guild in self.guilds if content and guild.shard_id == shard_id],
            direct=self._direct_channel if shard_id == 0 else None,
        )
        self.reconciliation.want()

    async def _missed(self) -> None:
        """Messages may have been missed a moment ago, in any shard."""
        for shard_id in self.shards:
            await self.catch_up.missed(shard_id)

    async def _look(self) -> None:
        """Look for what was missed."""
        for shard_id in self.shards:
            await self.on_shard_ready(shard_id)

    def own_shards(self) -> tuple[int, list[int]] | None:
        """How many shards there are, and which are this process's; None if all are."""
        ours, count = sorted(self.shards), self.shard_count or 1
        return (count, ours) if len(ours) < count else None

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server that Discord had unavailable is there, or is there again."""
        if self.intents.message_content:
            await self.catch_up.available(guild)

    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        """Discord has trouble with a server: what is posted there meanwhile is not told to us."""
        await self.catch_up.unavailable(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed from a server."""
        self.catch_up.removed(guild)

    def _direct_channel(self, channel_id: int) -> discord.PartialMessageable:
        return self.get_partial_messageable(channel_id, type=discord.ChannelType.private)

    async def on_ready(self) -> None:
        """Say so."""
        log.info("ready", user=str(self.user), guilds=len(self.guilds), shards=self.shard_count)

    async def on_error(self, event_method: str, /, *_: object, **__: object) -> None:
        """Log what handling an event has raised. While the process ends, that is expected: things are being closed."""
        if self.is_closed() or self.reception.closing:
            log.info("an event was cut short by the end of this run", handler=event_method)
        else:
            # discord.py calls this while the exception is being handled.
            log.error("an event could not be handled", handler=event_method, exc_info=True)  # noqa: LOG014

    async def channel_of(self, message: discord.Message) -> object:
        """The channel of a message. If discord.py does not know it and the message has files, Discord is asked."""
        if is_elsewhere(message) and (message.attachments or message.message_snapshots):
            try:
                return await self.fetch_channel(message.channel.id)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                log.warning("a channel is not known", channel=message.channel.id, error=type(error).__name__)
        return message.channel

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Somebody used a command: so their language is known."""
        self._languages[interaction.user.id] = locale_of(interaction, private=True)

    def language_of(self, message: discord.Message) -> str | None:
        """The language in which to answer a message: that of a direct message's author, if it is known; else None."""
        return None if message.guild else self._languages.get(message.author.id)

    async def deleted(self, message_ids: Sequence[int]) -> None:
        """Messages were deleted: forget their notes, and delete the answers."""
        self.recordings.forget(message_ids)
        await self.withdrawals.carry_out(await self.reception.deleted(message_ids))

    async def edited(self, event: discord.RawMessageUpdateEvent) -> None:
        """Somebody edited a message: if attachments were removed, forget the notes in them, and take back the answers."""
        # Discord also tells so when it adds a preview to a link; then there is no time of editing.
        left = attachment_ids(event.data)
        if event.data.get("edited_timestamp") is None or left is None:
            return
        if not left and event.guild_id is not None and not self.intents.message_content:
            # Without the intent, messages in servers seem to have no files.
            return
        await self.withdrawals.carry_out(await self.reception.edited(event.message_id, left))

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: this keeps discord.py from looking for prefix commands. `cogs/listen.py` takes messages in."""

    async def pressed(self, interaction: discord.Interaction, press: reply.Press | None) -> None:
        """Somebody pressed a button of ours, chose something, or sent in a form; None if what they pressed can't be read."""
        with self._in_hand():
            try:
                if press is not None and press.action in DECISIONS:
                    await self.privacy.answer(interaction, press)
                elif press is not None and press.action is Action.KEEP_PRESET:
                    await self.own_presets.keep(interaction, press)
                elif press is not None and press.action is Action.SETTINGS:
                    await self.server_settings.answer(interaction, press)
                else:
                    await self.presses.answer(interaction, press)
            except Exception as error:  # noqa: BLE001 - whatever it was, they are told
                what = press.action.name.lower() if press else None
                await tell_failure(interaction, error, what, ending=self.is_closed())

    async def reacted(self, event: discord.RawReactionActionEvent) -> None:
        """Somebody reacted to a message: a flag asks for a translation."""
        with self._in_hand():
            await self.flags.answer(event)

    @contextlib.contextmanager
    def _in_hand(self) -> Generator[None]:
        """A context for what no history would tell the next run of: the connection is not closed before it is done."""
        done = asyncio.Event()
        self._pressed.add(done)
        try:
            yield
        finally:
            done.set()
            self._pressed.discard(done)

    async def _on_command_error(
        self, interaction: discord.Interaction, error: discord.app_commands.AppCommandError
    ) -> None:
        command = interaction.command.qualified_name if interaction.command else None
        await tell_failure(interaction, cause_of(error), command, ending=self.is_closed())
