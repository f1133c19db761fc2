"""The gate: may this recording be heard, for this person, here and now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    from bot.models import VoiceNote


class Gate:
    """What every note passes before anything of it is downloaded. The pipeline asks it, so no door leads round it.

    Args:
        max_seconds: the longest note that is heard, by the length that Discord gives.
    """

    def __init__(self, *, max_seconds: float) -> None:
        self._max_seconds = max_seconds

    async def admit(self, note: VoiceNote) -> None:
        """Let a note pass.

        Raises:
            Refused: it may not be heard; the error says why.
        """
        seconds = note.attachment.seconds
        if seconds is not None and seconds > self._max_seconds:
            raise errors.TooLong(limit=self._max_seconds, seconds=seconds)
