"""The rules in force in any place: what the server has set there, and below it what the operator has."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from cachetools import TTLCache

from bot.facts import Source
from bot.rules import SETTINGS, Level, Rules
from bot.storage import WHOLE_SERVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.rules import Setting
    from bot.settings import Settings
    from bot.storage import Change, GuildSettings

_MOST_REMEMBERED = 1000
_REMEMBERED_SECONDS = 2.0
"""For so long another process of a fleet may not know of a change. A server with many notes is not read anew for each."""


class RuleBook:
    """Knows what is in force where, and writes down what servers decide.

    Args:
        guild_settings: what servers have set.
        settings: the operator's.
        clock: gives seconds, monotonic.
    """

    def __init__(
        self,
        *,
        guild_settings: GuildSettings,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guild_settings = guild_settings
        self._operator = operator_levels(settings)
        self.models = (settings.openroute_model, *settings.offered_models)
        """Those that a server can choose."""
        self._changes = 0
        """How many this process has made. What was read while one was made may be older than it."""
        self._remembered: TTLCache[int, dict[int, dict[str, str]]] = TTLCache(
            _MOST_REMEMBERED, _REMEMBERED_SECONDS, timer=clock
        )

    async def at(self, guild_id: int | None, channel_ids: Sequence[int]) -> Rules:
        """What is in force in a place.

        Args:
            guild_id: the server; None in direct messages, where only the operator's settings hold.
            channel_ids: the channel; for a thread, the thread and then its channel; nothing for the server as a whole.
        """
        if guild_id is None:
            return Rules(self._operator, self.models)
        found = self._remembered.get(guild_id)
        if found is None:
            before = self._changes
            found = await self._guild_settings.of(guild_id)
            if before == self._changes:
                self._remembered[guild_id] = found
        sources = (Source.THREAD, Source.CHANNEL) if len(channel_ids) > 1 else (Source.CHANNEL,)
        levels = [
            *zip(sources, channel_ids, strict=False),
            (Source.SERVER, WHOLE_SERVER),
        ]
        theirs = tuple(Level(source, found[key]) for source, key in levels if key in found)
        return Rules((*theirs, *self._operator), self.models)

    async def change(
        self, guild_id: int, channel_id: int, setting: Setting[Any], value: str | None, by: int
    ) -> Change:
        """Set something for a server (`WHOLE_SERVER`) or a channel, or set it back; what was changed.

        Args:
            guild_id: the server.
            channel_id: `WHOLE_SERVER`, or a channel or thread of it.
            setting: what.
            value: as it is stored; None to set it back.
            by: who changes it.
        """
        change = await self._guild_settings.change(guild_id, channel_id, setting.name, value, by)
        self._forget(guild_id)
        return change

    async def undo(self, guild_id: int) -> Change | None:
        """Take back a server's last change; None if none is known."""
        change = await self._guild_settings.undo(guild_id)
        self._forget(guild_id)
        return change

    def _forget(self, guild_id: int) -> None:
        self._changes += 1
        self._remembered.pop(guild_id, None)

    async def set_at(self, guild_id: int, channel_id: int) -> dict[str, str]:
        """What is set for exactly this channel, or for the server as a whole: as it is stored, by name."""
        return (await self._guild_settings.of(guild_id)).get(channel_id, {})


def operator_levels(settings: Settings) -> tuple[Level, Level]:
    """What the operator has set, and what holds where they have not."""
    variables = {setting.variable: setting for setting in SETTINGS if setting.variable}
    told: dict[str, str] = {}
    default: dict[str, str] = {}
    for variable, setting in variables.items():
        value = getattr(settings, variable)
        if value is None:
            continue
        level = told if variable in settings.model_fields_set else default
        level[setting.name] = setting.kind.write(value)
    told.update(settings.server_settings)
    return Level(Source.OPERATOR, told), Level(Source.DEFAULT, default)
