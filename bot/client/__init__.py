"""Discord, as far as the house knows it: the only part beside the cogs that imports `discord`."""

from bot.client.interactions import InteractionDelivery
from bot.client.seen import seen_command, seen_message
from bot.client.voicebot import ContentIntentMissingError, DiscordAwayError, LoginRefusedError, VoiceBot

__all__ = [
    "ContentIntentMissingError",
    "DiscordAwayError",
    "InteractionDelivery",
    "LoginRefusedError",
    "VoiceBot",
    "seen_command",
    "seen_message",
]
