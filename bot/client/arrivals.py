"""Takes in messages, as they come and as they are found later: notes are written down, and so are questions about them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import errors
from bot.client.seen import seen_message

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import discord

    from bot.client.questions import Questions
    from bot.notes import Reception

log = structlog.get_logger("earshot.arrivals")

_PAUSES = (2.0, 5.0, 15.0, 60.0, 300.0)
"""Seconds. After them it is left to the next run, which finds it in the history."""


class Arrivals:
    """Takes messages in.

    Args:
        reception: writes notes down.
        questions: does the same for questions.
        language_of: the language in which to answer a message; None for that of its server.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        *,
        reception: Reception,
        questions: Questions,
        language_of: Callable[[discord.Message], str | None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._reception = reception
        self._questions = questions
        self._language_of = language_of
        self._sleep = sleep

    async def arrived(self, message: discord.Message, channel: object = None) -> None:
        """Take in a message that the gateway has told of; while Discord does not tell what it is about, try again."""
        for pause in _PAUSES:
            try:
                await self.take_in(message, channel)
            except errors.DiscordAway as error:
                log.warning(
                    "not told yet what a message is about", channel=message.channel.id, error=str(error)
                )
                await self._sleep(pause)
            else:
                return
        await self.take_in(message, channel)

    async def take_in(self, message: discord.Message, channel: object = None) -> int:
        """Have a message answered, if it holds notes or asks about one; how many of these are new.

        Args:
            message: as the gateway or the history has it.
            channel: its channel, if that is better known than `message.channel`.

        Raises:
            DiscordAway: it may be a question, but Discord does not tell now what it is about.
        """
        locale = self._language_of(message)
        seen = seen_message(message, channel, locale=locale)
        return await self._reception.take_in(seen) or await self._questions.take_in(message, locale)
