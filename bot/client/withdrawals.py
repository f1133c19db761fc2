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

    async def carry_out(self, answers: Sequence[OrphanedAnswer]) -> bool:
        """Delete answers, one after the other; whether all are gone. What is not gone is tried again later."""
        gone = [await self._deleted(answer) for answer in answers]
        return all(gone)

    async def delete(self, message_id: int, page_id: int) -> bool | None:
        """Delete the answer to a message of which `page_id` is a page; as `carry_out`.

        None if there is none, or if it is still being worked on.
        """
        answer = await self._deletions.withdraw(message_id, page_id)
        return None if answer is None else await self._deleted(answer)

    async def in_passing(self, answers: Sequence[OrphanedAnswer]) -> None:
        """As `carry_out`, where nobody waits for it."""
        for answer in answers:
            await self._deleted(answer)
            await self._sleep(_PACE_SECONDS)

    async def run(self) -> None:
        """Delete what is left, until cancelled: of other processes, too, which could not, or have ended."""
        while True:
            if left := await self._deletions.take_due():
                log.info("answers that were left are deleted", answers=len(left))
                await self.in_passing(left)
            await self._sleep(_LOOK_EVERY)

    async def _deleted(self, answer: OrphanedAnswer) -> bool:
        try:
            await withdraw(self._client, answer)
        except errors.DiscordAway as error:
            log.warning("an answer is deleted later", channel=answer.posted.channel_id, error=str(error))
            return False
        await self._deletions.carried_out(answer)
        return True
