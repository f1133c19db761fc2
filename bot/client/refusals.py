"""What it means when Discord refuses a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot import errors
from bot.models import ChannelKind

if TYPE_CHECKING:
    from bot.models import VoiceNote

ARCHIVED = 50083
UNKNOWN_MESSAGE = 10008
_LOCKED = 160005
_MISSING_ACCESS = 50001
_SERVER_ERROR = 500
# 401: the token is being changed. 429: Cloudflare blocks this address for a while.
_PASSING = {401, 429}


def meaning(error: discord.HTTPException, note: VoiceNote) -> errors.EarshotError | None:  # noqa: PLR0911 - a case each
    """The error of ours that an error of Discord's stands for, when the answer to `note` was to be posted.

    Gone, Forbidden or DiscordAway; None if it is none of these.
    """
    if error.status >= _SERVER_ERROR or error.status in _PASSING:
        return errors.DiscordAway(f"status {error.status}")
    if isinstance(error, discord.NotFound):
        return errors.Gone(f"code {error.code}")
    if "message_reference" in (text := error.text.lower()):
        if "unknown message" in text:
            return errors.Gone("replied to")
        return errors.Forbidden("Read Message History")
    if error.code in {ARCHIVED, _LOCKED}:
        return errors.Forbidden("Manage Threads")
    if error.code == _MISSING_ACCESS:
        return errors.Forbidden("View Channel")
    speaking = "Send Messages in Threads" if note.channel_kind is ChannelKind.THREAD else "Send Messages"
    return errors.Forbidden(speaking) if isinstance(error, discord.Forbidden) else None
