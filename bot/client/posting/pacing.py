"""Keeps what the bot shows while it works to a pace that Discord bears, for each channel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cachetools import TTLCache

if TYPE_CHECKING:
    from collections.abc import Callable

EDITS = 1.2
"""Seconds from one progress edit to the next: Discord bears about five in five seconds."""
TYPING = 8.5
"""Seconds from one “typing” to the next: Discord shows it for ten, whichever note it was sent for."""
_MOST_CHANNELS = 100_000


class Pace:
    """When something was last done in each channel. All answers in a channel share its pace.

    Args:
        seconds: from one time to the next.
        clock: gives seconds, monotonic.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._done: TTLCache[int, bool] = TTLCache(_MOST_CHANNELS, seconds, clock)

    def allows(self, channel_id: int) -> bool:
        """Whether doing it in the channel now is in pace; if it is, the next one has to wait."""
        if channel_id in self._done:
            return False
        self._done[channel_id] = True
        return True
