"""Discord: the only room beside the cogs that imports `discord`.

Events come in and are read into plain values for the reception; answers go out as messages in threads or as responses to
commands. It also finds what was missed while the bot was not connected.
"""

from bot.client.acknowledgement import acknowledge
from bot.client.actions import Actions, logged_in
from bot.client.catchup import CatchUp
from bot.client.interactions import InteractionDelivery, answer_at_once
from bot.client.login import ContentIntentMissingError, DiscordAwayError, LoginRefusedError
from bot.client.reconciliation import Reconciliation
from bot.client.seen import locale_of, seen_command, seen_message
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
    "acknowledge",
    "answer_at_once",
    "locale_of",
    "logged_in",
    "seen_command",
    "seen_message",
]
