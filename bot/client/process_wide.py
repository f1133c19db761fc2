"""What discord.py has for a whole process, as this bot wants it."""

from __future__ import annotations

import discord
import discord.http

_REMEMBERED_SECONDS = 10.0
"""After the last request. What follows one another in an answer, and is asked about it at once, comes sooner."""


class RateLimit(discord.http.Ratelimit):
    """What is known of one of Discord's rate limits: of one kind of request in one channel or thread.

    discord.py remembers each for five minutes after its last request, and looks through all of them whenever it meets a new one. A
    busy bot answers in some thousand threads in that time, so those would be megabytes, and milliseconds for each note. But once
    its window is over, all that one knows is how many requests may be under way at once. A new one takes that from the first
    answer, and lets the others wait for it.
    """

    __slots__ = ()

    def is_inactive(self) -> bool:
        """Whether it may be forgotten."""
        return (
            self._loop.time() - self._last_request >= _REMEMBERED_SECONDS
            and (self.expires is None or self.is_expired())
            and self.outgoing == 0
            and not self._pending_requests
        )


def set_up(api_url: str) -> None:
    """Set what all clients of this process share. Called before there is one.

    Args:
        api_url: Discord's REST API.
    """
    discord.http.Route.BASE = api_url
    discord.http.Ratelimit = RateLimit
    # No client of ours ever joins a voice channel, so what is missing for that is nobody's concern.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
