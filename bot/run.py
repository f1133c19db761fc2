"""The bot, put together: the one place where every part is built and handed to the others."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import structlog

from bot import database
from bot.audio import Decoders
from bot.check import Grade, endpoint
from bot.client import ContentIntentMissingError, DiscordAwayError, LoginRefusedError, VoiceBot
from bot.completion import Completion
from bot.dispatch import Dispatch
from bot.fetch import Fetcher
from bot.ledger import Ledger
from bot.local import recogniser
from bot.pipeline import Pipeline
from bot.reception import Reception
from bot.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.settings import Settings

log = structlog.get_logger("earshot")

WITHOUT_CONTENT_INTENT = """\
The message content intent is not switched on, so Discord hides attachments in servers from this bot.
What works without it: direct messages, messages that mention the bot, /transcribe and the message menu Transcribe.
What does not: answering voice notes in servers by itself.
To switch it on: https://discord.com/developers/applications, your application, Bot, Message Content Intent."""

_AWAY_SECONDS = 10.0


async def run(settings: Settings, *, local: bool, extensions: Sequence[str]) -> int:
    """Run the bot until it is told to stop; the exit status.

    Args:
        settings: with a Discord token.
        local: hear with the recogniser on this machine.
        extensions: the cogs, as modules.

    Raises:
        RecogniserError: with `local`, if it does not start.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with AsyncExitStack() as stack:
        if local:
            settings = await stack.enter_async_context(recogniser(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        engine = await stack.enter_async_context(database.opened(settings.database_url))
        ears = await stack.enter_async_context(Decoders.configured(settings))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="earshot-"))
        warning = asyncio.create_task(_warn_of_endpoint(session, settings))
        stack.callback(warning.cancel)
        with_content = True
        while not stopping.is_set():
            bot = VoiceBot(api_url=settings.discord_api_url, extensions=extensions, content=with_content)
            bot.store = Store(engine)
            bot.reception = Reception(
                store=bot.store,
                ledger=Ledger(engine),
                dispatch=Dispatch(at_once=settings.notes_at_once),
                pipeline=Pipeline(
                    fetcher=Fetcher(
                        session=session,
                        hosts=settings.cdn_hosts,
                        max_bytes=int(settings.max_file_mb * 1e6),
                        fresh_link=bot.fresh_link,
                    ),
                    decoders=ears,
                    completion=Completion(session=session, settings=settings),
                    folder=Path(folder),
                    max_seconds=settings.max_minutes * 60,
                ),
                default_prompt=settings.prompt,
            )
            try:
                return await _serve(bot, settings, stopping)
            except ContentIntentMissingError:
                log.warning(WITHOUT_CONTENT_INTENT)
                with_content = False
            except LoginRefusedError:
                log.error("Discord refused DISCORD_TOKEN: copy it again from the developer portal, page Bot.")  # noqa: TRY400
                return 1
            except DiscordAwayError as error:
                log.warning("Discord can't be reached", error=str(error), next_attempt_in=_AWAY_SECONDS)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), _AWAY_SECONDS)
    return 0


async def _warn_of_endpoint(session: aiohttp.ClientSession, settings: Settings) -> None:
    """Say at start what would otherwise come as a surprise: a key that is refused, a model about to retire."""
    for finding in await endpoint(session, settings):
        if finding.grade is not Grade.OK:
            log.warning("set-up", about=finding.name, finding=finding.text, advice=finding.advice)


async def _serve(bot: VoiceBot, settings: Settings, stopping: asyncio.Event) -> int:
    assert settings.discord_token is not None  # noqa: S101 - asked for by the command line
    connected = asyncio.create_task(bot.run_until_closed(settings.discord_token.get_secret_value()))
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([connected, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not connected.done():
        log.info("stopping: finishing the notes in hand")
        # The connection stays up meanwhile: what is posted now is written down for the next run.
        await bot.reception.close(settings.shutdown_seconds)
        await bot.close()
        with contextlib.suppress(asyncio.CancelledError):
            await connected
        return 0
    await connected
    return 1
