"""Takes in messages, as they come and as they are found later: notes are written down, and so are questions about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.client.seen import seen_message

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from bot.client.questions import Questions
    from bot.notes import Reception


class Arrivals:
    """Takes messages in.

    Args:
        reception: writes notes down.
        questions: does the same for questions.
        language_of: the language in which to answer a message; None for that of its server.
    """

    def __init__(
        self,
        *,
        reception: Reception,
        questions: Questions,
        language_of: Callable[[discord.Message], str | None],
    ) -> None:
        self._reception = reception
        self._questions = questions
        self._language_of = language_of

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
