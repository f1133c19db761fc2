"""Deletes the answers that are to be deleted: at once, and what fails later, until it is gone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import errors
from bot.client.posting.withdrawal import withdraw

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import discord

    from bot.models import OrphanedAnswer
    from bot.storage import Deletions

log = structlog.get_logger("earshot.withdrawals")

_LOOK_EVERY = 15.0
_PACE_SECONDS = 1.0
"""Between two answers for which nobody waits: people's notes take Discord's requests, too."""


class Withdrawals:
    """Deletes answers on Discord, and has the ledger forget that they are to be deleted.

    Args:
        client: logged in.
        deletions: knows what is to be deleted.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        deletions: Deletions,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._deletions = deletions
        self._sleep = sleep

    async def carry_out(self, answers: Sequence[OrphanedAnswer]) -> None:
        """Delete answers, one after the other. What may be gone later is tried again."""
        for answer in answers:
            await self._deleted(answer)

    async def delete(self, message_id: int, page_id: int) -> bool | None:
        """Delete the answer to a message of which `page_id` is a page; whether it is gone. If not, it is tried again later.

        None if there is none, if it is still being worked on, or if Discord does not let us delete it.
        """
        answer = await self._deletions.withdraw(message_id, page_id)
        return None if answer is None else await self._deleted(answer)

    async def in_passing(self, answers: Sequence[OrphanedAnswer]) -> int:
        """As `carry_out`, where nobody waits for it; how many are gone."""
        gone = 0
        for answer in answers:
            gone += await self._deleted(answer) is True
            await self._sleep(_PACE_SECONDS)
        return gone

    async def run(self) -> None:
        """Delete what is left, until cancelled: of other processes, too, which could not, or have ended."""
        while self._client.user is None:
            # Not logged in yet: a thread of the bot's own would not be known as such, and stay.
            await self._sleep(_PACE_SECONDS)
        while True:
            if gone := await self.in_passing(await self._deletions.take_due()):
                log.info("answers that were left are deleted", answers=gone)
            await self._sleep(_LOOK_EVERY)

    async def _deleted(self, answer: OrphanedAnswer) -> bool | None:
        """Whether it is gone; None if it never will be."""
        try:
            gone = await withdraw(self._client, answer)
        except Exception as error:  # noqa: BLE001 - discord.py trips over some answers, and the other answers do not wait for that
            told = str(error) if isinstance(error, errors.DiscordAway) else type(error).__name__
            log.warning("an answer is deleted later", channel=answer.posted.channel_id, error=told)
            return False
        await self._deletions.carried_out(answer)
        return gone or None
