"""Discord, as far as the house knows it: the only part beside the cogs that imports `discord`."""

from bot.client.actions import Actions, logged_in
from bot.client.catchup import CatchUp
from bot.client.interactions import InteractionDelivery
from bot.client.login import ContentIntentMissingError, DiscordAwayError, LoginRefusedError
from bot.client.reconciliation import Reconciliation
from bot.client.seen import seen_command, seen_message
from bot.client.voicebot import VoiceBot

__all__ = [
    "Actions",
    "CatchUp",
    "ContentIntentMissingError",
    "DiscordAwayError",
    "InteractionDelivery",
    "LoginRefusedError",
    "Reconciliation",
    "VoiceBot",
    "logged_in",
    "seen_command",
    "seen_message",
]
