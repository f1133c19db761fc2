"""The life of a process: begin, serve or work until told to stop, and end in order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

import structlog

from bot import housekeeping, system
from bot.client import (
    ContentIntentMissingError,
    DiscordAwayError,
    LoginRefusedError,
    VoiceBot,
    logged_in,
)
from bot.endpoints import Grade, endpoint, text_server
from bot.local import recogniser
from bot.services import open_services
from bot.supervision import every, supervised

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    import aiohttp
    from procrastinate import App

    from bot.client import Actions
    from bot.metrics import Metrics
    from bot.services import Services
    from bot.settings import Settings

T = TypeVar("T")

log = structlog.get_logger("earshot")

WITHOUT_CONTENT_INTENT = """\
The message content intent is not switched on, so Discord hides attachments in servers from this bot.
What works without it: direct messages, messages that mention the bot, /transcribe and the message menu Transcribe.
What does not: answering voice notes in servers by itself.
To switch it on: https://discord.com/developers/applications, your application, Bot, Message Content Intent."""

_DOUBLINGS = 10
"""The pause is doubled so often at most: 2.0 to a large power overflows."""
_DISPATCH_EVERY = 5.0
_CLOSING_SECONDS = 1.0


async def run_bot(
    settings: Settings,
    *,
    local: bool,
    gateway_only: bool,
    extensions: Sequence[str],
    metrics: Metrics | None = None,
) -> int:
    """Run the bot until it is told to stop; the exit status.

    Args:
        settings: with a Discord token.
        local: hear with the recogniser on this machine.
        gateway_only: leave posted notes to worker processes.
        extensions: the cogs, as modules.
        metrics: the figures, if anybody is to read them.

    Raises:
        RecogniserError: with `local`, if it does not start.
        DatabaseError: the database cannot be used.
    """
    stopping = _Stopping()
    async with AsyncExitStack() as stack:
        if local:
            heard_here = await _entered(stack, recogniser(settings, on_death=stopping.fail), stopping)
            if heard_here is None:
                return stopping.status
            settings = heard_here
        services = await stack.enter_async_context(open_services(settings))
        queue = await stack.enter_async_context(_queue(settings)) if gateway_only else None
        _in_background(stack, _warn_of_endpoint(services.session, settings))
        _in_background(stack, housekeeping.kept(services, keep_days=settings.keep_days))
        _in_background(stack, housekeeping.memory_given_back())
        connected = _Connected()
        await _watched(stack, settings, services, metrics, {"gateway": connected.works})
        with_content = True
        for attempt in itertools.count():
            if stopping.is_set():
                break
            bot = VoiceBot(
                api_url=settings.discord_api_url,
                extensions=extensions,
                content=with_content,
                shard_count=settings.shard_count,
                shard_ids=settings.shard_ids,
                proxies=settings.proxies,
            )
            connected.bot = bot
            services.attach(bot, queue)
            try:
                await _serve(bot, settings, stopping)
            except ContentIntentMissingError:
                log.warning(WITHOUT_CONTENT_INTENT)
                with_content = False
            except LoginRefusedError as error:
                log.error(str(error))  # noqa: TRY400 - there is nothing more to see
                return 1
            except DiscordAwayError as error:
                await _wait_for_discord(error, stopping, attempt)
    return stopping.status


async def run_worker(settings: Settings, *, local: bool, metrics: Metrics | None = None) -> int:
    """Run a worker, which works on the notes that gateway processes take in, until it is told to stop; the exit status.

    Args:
        settings: with a Discord token and a PostgreSQL database.
        local: hear with the recogniser on this machine.
        metrics: the figures, if anybody is to read them.

    Raises:
        RecogniserError, DatabaseError: as for `run_bot`.
    """
    stopping = _Stopping()
    async with AsyncExitStack() as stack:
        if local:
            heard_here = await _entered(stack, recogniser(settings, on_death=stopping.fail), stopping)
            if heard_here is None:
                return stopping.status
            settings = heard_here
        services = await stack.enter_async_context(open_services(settings))
        queue = await stack.enter_async_context(_queue(settings))
        _in_background(stack, housekeeping.memory_given_back())
        await _watched(stack, settings, services, metrics, {})
        for attempt in itertools.count():
            if stopping.is_set():
                break
            try:
                async with logged_in(
                    _token(settings), settings.discord_api_url, proxies=settings.proxies
                ) as actions:
                    log.info("working")
                    await _work_until(stopping, services, actions, queue, settings)
            except LoginRefusedError as error:
                log.error(str(error))  # noqa: TRY400
                return 1
            except DiscordAwayError as error:
                await _wait_for_discord(error, stopping, attempt)
    return stopping.status


async def _serve(bot: VoiceBot, settings: Settings, stopping: _Stopping) -> None:
    connected = asyncio.create_task(bot.run_until_closed(_token(settings)))
    told = asyncio.create_task(stopping.wait())
    background = [
        asyncio.create_task(supervised(name, work))
        for name, work in (
            ("saving watermarks", bot.catch_up.keep),
            ("taking back answers to deleted notes", bot.reconciliation.run),
            ("deleting answers that were left", bot.withdrawals.run),
            (
                "dispatching notes that are due",
                functools.partial(every, _DISPATCH_EVERY, bot.reception.dispatch_due),
            ),
        )
    ]
    try:
        await asyncio.wait([connected, told], return_when=asyncio.FIRST_COMPLETED)
        if connected.done():
            await connected
            stopping.fail()
            return
        log.info("stopping: finishing the notes in hand")
        # The connection stays up meanwhile: what is posted now is written down for the next run.
        await _finish(bot, settings.shutdown_seconds)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bot.catch_up.save(), _CLOSING_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(bot.close(), _CLOSING_SECONDS)
    finally:
        told.cancel()
        for task in background:
            task.cancel()
        # However we came here, no work may go on with a client that is closed.
        await _finish(bot, 0)
        connected.cancel()
        await asyncio.wait([connected], timeout=_CLOSING_SECONDS)


async def _finish(bot: VoiceBot, seconds: float) -> None:
    """Wait so long for what is in hand. The next run takes up what notes are left; those who used a command are told."""
    await asyncio.gather(bot.reception.close(seconds), bot.running_commands.close(seconds))


async def _work_until(
    stopping: _Stopping, services: Services, actions: Actions, queue: App, settings: Settings
) -> None:
    from bot.notes.dispatch import fleet  # noqa: PLC0415 - as in `_queue`

    worker = services.worker(actions)
    serving = asyncio.create_task(
        fleet.serve(
            queue,
            worker.work_on,
            at_once=settings.notes_at_once,
            at_once_for_one=settings.notes_at_once_per_server,
            shutdown_seconds=settings.shutdown_seconds,
        )
    )
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([serving, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def _queue(settings: Settings) -> AbstractAsyncContextManager[App]:
    from bot.notes.dispatch import fleet  # noqa: PLC0415 - procrastinate and psycopg are 8 MB that only a fleet needs

    return fleet.opened(settings.database_url)


async def _warn_of_endpoint(session: aiohttp.ClientSession, settings: Settings) -> None:
    """Log at start what would otherwise come as a surprise: a key that is refused, a model about to retire."""
    findings = await endpoint(session, settings)
    if settings.heard_here:
        findings += await text_server(session, settings)
    for finding in findings:
        if finding.grade is not Grade.OK:
            log.warning("set-up", about=finding.name, finding=finding.text, advice=finding.advice)


def pause_before_login(attempt: int, longest: float) -> float:
    """Seconds to wait after attempt number `attempt` (the first is 0) has failed, but no longer than `longest`."""
    return min(2.0 ** min(attempt, _DOUBLINGS), longest)


async def _wait_for_discord(error: DiscordAwayError, stopping: _Stopping, attempt: int) -> None:
    seconds = pause_before_login(attempt, error.longest_pause)
    log.warning("Discord can't be reached", error=str(error), next_attempt_in=seconds)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopping.wait(), seconds)


async def _entered(
    stack: AsyncExitStack, context: AbstractAsyncContextManager[T], stopping: _Stopping
) -> T | None:
    """What a context gives that may take long to be entered; None if the process is told to stop before that."""
    entering = asyncio.create_task(stack.enter_async_context(context))
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([entering, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if entering.done():
        return entering.result()
    entering.cancel()
    await asyncio.wait([entering])
    return None


async def _watched(
    stack: AsyncExitStack,
    settings: Settings,
    services: Services,
    metrics: Metrics | None,
    parts: Mapping[str, Callable[[], Awaitable[bool]]],
) -> None:
    """Answer those who watch over the process until the stack is closed, if the operator wants that."""
    if metrics is None or settings.http_port is None:
        return
    from bot import monitor  # noqa: PLC0415 - only who is watched needs it

    async def database() -> bool:
        await services.backlog.waiting()
        return True

    async def decoders() -> bool:
        return services.decoders.alive

    try:
        await stack.enter_async_context(
            monitor.served(
                settings.http_port,
                metrics=metrics,
                parts={**parts, "database": database, "decoders": decoders},
                queue=services.backlog.waiting,
            )
        )
    except OSError as error:
        # The bot works without.
        log.error("health and figures can't be served", port=settings.http_port, error=error.strerror)  # noqa: TRY400


class _Connected:
    """Whether the bot, which is made anew for some attempts to connect, is connected."""

    bot: VoiceBot | None = None

    async def works(self) -> bool:
        return self.bot is not None and self.bot.is_ready() and not self.bot.is_closed()


def _in_background(stack: AsyncExitStack, work: Coroutine[object, object, None]) -> None:
    """Run `work` as a task until the stack is closed."""
    task = asyncio.create_task(work)
    stack.callback(task.cancel)


class _Stopping(asyncio.Event):
    """An event that is set at SIGTERM and SIGINT, and when it is no use to go on. `status` is the exit status."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 0
        system.when_told_to_stop(self.set)

    def fail(self) -> None:
        """Stop with exit status 1; unless the process is stopping anyway, when things are expected to end."""
        if not self.is_set():
            self.status = 1
            self.set()


def _token(settings: Settings) -> str:
    assert settings.discord_token is not None  # noqa: S101 - asked for by the command line
    return settings.discord_token.get_secret_value()
