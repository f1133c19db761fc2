"""Keeps progress edits to a pace that Discord bears: about five edits in five seconds for each channel."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cachetools import TTLCache

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS_BETWEEN = 1.2
_MOST_CHANNELS = 100_000


class EditPace:
    """When each channel was last edited. All answers in a channel share its pace.

    Args:
        clock: gives seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._edited: TTLCache[int, bool] = TTLCache(_MOST_CHANNELS, _SECONDS_BETWEEN, clock)

    def may_edit(self, channel_id: int) -> bool:
        """Whether a progress edit in the channel is in pace; if it is, the next one has to wait."""
        if channel_id in self._edited:
            return False
        self._edited[channel_id] = True
        return True
