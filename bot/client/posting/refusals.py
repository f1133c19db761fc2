"""What it means when a request to Discord fails: it passes, a permission is missing, something is gone, or it is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot import errors
from bot.models import ChannelKind

if TYPE_CHECKING:
    from bot.models import VoiceNote

FAILED = (discord.HTTPException, aiohttp.ClientError, OSError, json.JSONDecodeError, UnicodeDecodeError)
"""All that a request to Discord raises when it fails: a time limit of our own, and an answer that can't be read, included."""

ARCHIVED = 50083
UNKNOWN_CHANNEL = 10003
UNKNOWN_MESSAGE = 10008
EDITED_TOO_OFTEN = 30046
"""Discord takes only so many edits of a message that is older than an hour. It may say so with status 429."""

_LOCKED = 160005
_SERVER_ERROR = 500
_NO_CODE = 0
# 401: the token is being changed. 429: Cloudflare blocks this address for a while.
_PASSING = {401, 408, 425, 429}
# What stands between us and Discord answers without one of Discord's codes.
_PASSING_WITHOUT_CODE = {403, 404}
_PASSING_CODES = {
    20016,  # slow mode
    20028,  # too much is written in this channel
    40062,  # a service behind Discord limits it
    40333,  # the edge in front of Discord
    130000,  # overloaded
}
_DEAD_TOKEN = 50027
_MISSING_ACCESS = 50001
_NO_HISTORY = 160002
# Permission as such, and what keeps us from writing to somebody: blocked, no server in common, a server's verification.
_NOT_SPEAKING = {50013, 50007, 50278, 50009}


def passes(error: Exception) -> bool:
    """Whether a request that failed so may succeed later; and may have taken effect although it looks as if it had not."""
    if not isinstance(error, discord.HTTPException):
        return isinstance(error, FAILED)
    if error.code in _PASSING_CODES or error.status >= _SERVER_ERROR:
        return True
    if error.code == _NO_CODE and error.status in _PASSING_WITHOUT_CODE:
        return True
    return error.status in _PASSING and error.code not in {EDITED_TOO_OFTEN, _DEAD_TOKEN}


def missing_permission(error: discord.HTTPException, channel_kind: ChannelKind) -> str | None:
    """The permission, as Discord names it, that a refusal of a message in such a channel shows to be missing; or None.

    Only Discord's own codes tell: a 403 may come from elsewhere, and may be about what was said.
    """
    if error.code in {ARCHIVED, _LOCKED}:
        return "Manage Threads"
    if error.code == _MISSING_ACCESS:
        return "View Channel"
    # Discord has both: a code of its own, and a field of the form.
    if error.code == _NO_HISTORY or _about_reference(error):
        return "Read Message History"
    if error.code in _NOT_SPEAKING:
        return "Send Messages in Threads" if channel_kind is ChannelKind.THREAD else "Send Messages"
    return None


def meaning(error: Exception, note: VoiceNote) -> errors.EarshotError:
    """The error of ours that a failed request stands for, when the answer to `note` was to be posted.

    DiscordAway, Gone or Forbidden; AnswerRefused where Discord does not take what was to be posted.
    """
    if not isinstance(error, discord.HTTPException) or passes(error):
        status = (
            f"status {error.status}" if isinstance(error, discord.HTTPException) else type(error).__name__
        )
        return errors.DiscordAway(status)
    if isinstance(error, discord.NotFound):
        return errors.Gone(f"code {error.code}")
    if _about_reference(error) and "unknown message" in error.text.lower():
        return errors.Gone("replied to")
    if missing := missing_permission(error, note.channel_kind):
        return errors.Forbidden(missing)
    return errors.AnswerRefused(f"code {error.code}")


def _about_reference(error: discord.HTTPException) -> bool:
    return "message_reference" in error.text.lower()
