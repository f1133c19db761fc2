"""What a cog is tried in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.client import VoiceBot
    from bot.services import Services
    from sandbox.discord import Channel, Discord, Guild, User
    from sandbox.openroute import Openroute


@dataclass(frozen=True, slots=True)
class Setting:
    """A server with a channel and somebody in it, and the bot, connected in this process."""

    discord: Discord
    openroute: Openroute
    bot: VoiceBot
    services: Services
    guild: Guild
    channel: Channel
    anna: User
