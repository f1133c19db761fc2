"""Remembers for ten minutes which permissions the bot lacks in which channel: Discord bans bots that keep asking."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cachetools import TTLCache

from bot import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_REMEMBERED_SECONDS = 600.0
_MOST_CHANNELS = 100_000


class Restrictions:
    """What a process knows of channels in which it lacks permissions.

    Args:
        clock: gives seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._threadless: TTLCache[int, bool] = TTLCache(_MOST_CHANNELS, _REMEMBERED_SECONDS, clock)
        self._muted: TTLCache[int, str] = TTLCache(_MOST_CHANNELS, _REMEMBERED_SECONDS, clock)

    def forbid_threads(self, channel_id: int) -> None:
        """The bot may not open threads in a channel, or not write in them: answer beside notes for a while."""
        self._threadless[channel_id] = True

    def threads_allowed_in(self, channel_id: int) -> bool:
        """Whether opening a thread is worth trying, as far as is known."""
        return channel_id not in self._threadless

    def mute(self, channel_id: int, missing: str) -> None:
        """The bot lacks the permission `missing` to write in a channel: don't even try for a while."""
        self._muted[channel_id] = missing

    def refusal(self, channel_id: int) -> errors.Forbidden | None:
        """The permission the bot was lately found to lack in a channel, if any."""
        missing = self._muted.get(channel_id)
        return errors.Forbidden(missing) if missing else None

    def permissions_changed(self, channel_ids: Iterable[int]) -> None:
        """Forget what is known of these channels: the next note shows what is allowed now."""
        for channel_id in channel_ids:
            self._muted.pop(channel_id, None)
            self._threadless.pop(channel_id, None)
