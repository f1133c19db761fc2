"""Events of the gateway that discord.py can't read: each costs that event and not the bot, and what it would have told is looked for."""

from __future__ import annotations

import asyncio
import functools
import math
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord
import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

log = structlog.get_logger("earshot.discord")

_TELLS_OF_NOTES = {"MESSAGE_CREATE", "GUILD_CREATE", "CHANNEL_CREATE", "THREAD_CREATE", "THREAD_LIST_SYNC"}
"""Events after which notes may be where nobody looked."""
_RECOVERY_SOON = 5.0
_RECOVERY_LATER = 300.0
_RECOVERY_LONG_AGO = 600.0
"""Seconds: one event that can't be read is made up for soon; if there is one after the other, now and then."""


class UnreadableEvents:
    """Stands between the gateway and discord.py's parsers.

    Args:
        parsers: discord.py's, by the names of events. They are replaced.
        channel: the channel of an id, as far as discord.py knows it.
        missed: is called when messages may have been missed a moment ago.
        look: looks for them.
    """

    def __init__(
        self,
        parsers: dict[str, Callable[[Any], None]],
        *,
        channel: Callable[[int], object],
        missed: Callable[[], Awaitable[None]],
        look: Callable[[], Awaitable[None]],
    ) -> None:
        self._channel = channel
        self._missed = missed
        self._look = look
        self._unread = False
        """Whether there was one since the history was looked through."""
        self._recovery: asyncio.Task[None] | None = None
        self._recovered_at = -math.inf
        # Without the READY event there is no session: if that can't be read, the connection is given up.
        for event in parsers.keys() - {"READY"}:
            parsers[event] = functools.partial(self._parse, event, parsers[event])

    def close(self) -> None:
        """Look for nothing any more."""
        if self._recovery is not None:
            self._recovery.cancel()

    def _parse(self, event: str, parser: Callable[[Any], None], data: Any) -> None:
        try:
            parser(data)
        except Exception as error:  # noqa: BLE001 - Discord changes its events now and then
            log.error("an event can't be read", event_name=event, **described(error))  # noqa: TRY400
            if event in _TELLS_OF_NOTES:
                self._note_newest(data)
                self._unread = True
                if self._recovery is None or self._recovery.done():
                    self._recovery = asyncio.create_task(self._recover())

    def _note_newest(self, data: Any) -> None:
        """Keep that a channel has a newer message, as far as an unreadable event tells: only such channels are read."""
        try:
            channel, message_id = self._channel(int(data["channel_id"])), int(data["id"])
        except (KeyError, TypeError, ValueError):
            return
        if isinstance(
            channel, discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread
        ):
            channel.last_message_id = max(channel.last_message_id or 0, message_id)

    async def _recover(self) -> None:
        loop = asyncio.get_running_loop()
        while self._unread:
            soon = loop.time() - self._recovered_at > _RECOVERY_LONG_AGO
            try:
                await self._missed()
                await asyncio.sleep(_RECOVERY_SOON if soon else _RECOVERY_LATER)
                self._recovered_at = loop.time()
                # What could not be read until now will be found; what can't be read from now on has to be looked for anew.
                self._unread = False
                await self._look()
            except Exception as error:  # noqa: BLE001 - the gaps stay open: the next catch-up looks through them
                self._unread = False
                log.error("what was missed can't be looked for", **described(error))  # noqa: TRY400


def described(error: Exception) -> dict[str, str]:
    """An error's type, and the line of code it comes from; not its text, which may hold what somebody wrote."""
    *_, frame = traceback.extract_tb(error.__traceback__)
    return {"error": type(error).__name__, "at": f"{Path(frame.filename).name}:{frame.lineno}"}
