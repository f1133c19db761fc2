"""What is done again and again while a process runs: what is over is deleted, and freed memory given back."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

import structlog

from bot import system
from bot.supervision import every, supervised

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger("earshot")

_PRUNE_EVERY = 3600.0
_EMPTY_LOG_EVERY = 5.0
_GIVE_BACK_EVERY = 300.0
_DAY_SECONDS = 86_400.0
_KEEP_TOLD_DAYS = 32
"""Longer than any period of which it is told once that it is used up."""
_KEEP_USAGE_DAYS = 400
"""A year and a month: so that a month can be held against the same one of the year before. These are numbers; who they are about
is forgotten after `KEEP_DAYS`."""


async def kept(services: Services, *, keep_days: float) -> None:
    """Delete what is over, every hour, and empty the database's log, every few seconds; until cancelled.

    Args:
        services: whose storage it is.
        keep_days: how long anything is kept that is about people.
    """
    await asyncio.gather(
        *(
            supervised(name, functools.partial(every, seconds, work))
            for name, seconds, work in (
                ("pruning", _PRUNE_EVERY, lambda: _prune(services, keep_days * _DAY_SECONDS)),
                ("emptying the write-ahead log", _EMPTY_LOG_EVERY, services.database.empty_log),
            )
        )
    )


async def memory_given_back() -> None:
    """Give back, every few minutes, what the process has freed but keeps for itself; until cancelled."""
    await supervised("giving memory back", functools.partial(every, _GIVE_BACK_EVERY, _give_back))


async def _give_back() -> None:
    system.give_memory_back()
    log.debug("memory given back")


async def _prune(services: Services, keep_seconds: float) -> None:
    if count := await services.finished.prune(keep_seconds):
        log.info("old notes deleted from the ledger", notes=count)
    if count := await services.deletions.prune(keep_seconds):
        log.info("answers that could not be deleted are given up", answers=count)
    if count := await services.guilds.prune(keep_seconds):
        log.info("what servers had set is deleted: the bot has left them", guilds=count)
    await services.told.prune(_KEEP_TOLD_DAYS * _DAY_SECONDS)
    await services.usage.prune(keep_ids_seconds=keep_seconds, keep_seconds=_KEEP_USAGE_DAYS * _DAY_SECONDS)
