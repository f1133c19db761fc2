"""Tells a note's author in a direct message what can't be said in the note's channel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cachetools import TTLCache

if TYPE_CHECKING:
    from collections.abc import Callable

    import discord

    from bot.models import VoiceNote

_SECONDS_BETWEEN = 3600.0
_MOST_PEOPLE = 100_000


class PrivateMessages:
    """Sends direct messages, to one person about one channel at most once an hour.

    Args:
        client: logged in.
        clock: gives seconds, monotonic.
    """

    def __init__(self, client: discord.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._told: TTLCache[tuple[int, int], bool] = TTLCache(_MOST_PEOPLE, _SECONDS_BETWEEN, clock)

    async def tell(self, note: VoiceNote, text: str) -> None:
        """Send a sentence about the note to its author.

        Raises:
            discord.HTTPException, aiohttp.ClientError, OSError: it did not reach them.
        """
        key = (note.channel_id, note.author_id)
        if key in self._told:
            return
        self._told[key] = True
        user = await self._client.fetch_user(note.author_id)
        where = f"About your recording in <#{note.channel_id}>: "
        await user.send(where + text)
