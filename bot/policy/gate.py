"""The gate: may this recording be heard, for this person, here and now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors

if TYPE_CHECKING:
    from bot.models import VoiceNote
    from bot.storage import Consent


class Gate:
    """What every note passes before anything of it is downloaded. The pipeline asks it, so no door leads round it.

    Args:
        consent: who does not want to be heard.
        max_seconds: the longest note that is heard, by the length that Discord gives.
    """

    def __init__(self, *, consent: Consent, max_seconds: float) -> None:
        self._consent = consent
        self._max_seconds = max_seconds

    async def admit(self, note: VoiceNote, speaker_id: int | None = None) -> None:
        """Let a note pass.

        Args:
            note: what is to be heard.
            speaker_id: who posted it first, where it was forwarded and Discord tells.

        Raises:
            OptedOut: who speaks in it does not want to be heard.
            TooLong: by what Discord says of it.
        """
        await self.admit_voice(note.author_id, asked_by=note.person_id)
        if speaker_id is not None:
            await self.admit_voice(speaker_id, asked_by=note.person_id)
        seconds = note.attachment.seconds
        if seconds is not None and seconds > self._max_seconds:
            raise errors.TooLong(limit=self._max_seconds, seconds=seconds)

    async def admit_voice(self, speaker_id: int, *, asked_by: int) -> None:
        """Let pass what somebody has said, also where it is written down already.

        Raises:
            OptedOut: they do not want to be heard.
        """
        if await self._consent.has_opted_out(speaker_id):
            raise errors.OptedOut(own=speaker_id == asked_by)
