"""What can be asked of a recording in a server: the presets that are built in, and the server's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import presets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.presets import Preset
    from bot.storage import GuildPresets


class Offers:
    """Knows the presets that people can choose from.

    Args:
        built_in: those that the model can follow; none where it only transcribes. Then servers' own are not offered, either.
        own: those that servers have made.
    """

    def __init__(self, built_in: Sequence[Preset], own: GuildPresets) -> None:
        self.built_in = tuple(built_in)
        self._own = own

    async def own(self, guild_id: int | None) -> tuple[Preset, ...]:
        """A server's own."""
        if guild_id is None or not self.built_in:
            return ()
        return await self._own.of(guild_id)

    async def all(self, guild_id: int | None) -> tuple[Preset, ...]:
        """All of them, in the order in which people see them in lists."""
        return (*self.built_in, *await self.own(guild_id))

    async def named(self, guild_id: int | None, name: str) -> Preset | None:
        """The preset of a name, as it is now; None if it is not offered there (any more)."""
        if presets.own_number(name) is None:
            return next((preset for preset in self.built_in if preset.name == name), None)
        return next((preset for preset in await self.own(guild_id) if preset.name == name), None)
