"""Discord: the only room beside the cogs that imports `discord`.

Events come in and are read into plain values for the reception; answers go out as messages in threads or as responses to
commands. It also finds what was missed while the bot was not connected.
"""

from bot.client.about import About
from bot.client.access import Chosen
from bot.client.actions import Actions, logged_in
from bot.client.answering import Answering
from bot.client.arrivals import Arrivals
from bot.client.catchup import CatchUp
from bot.client.delete_requests import DeleteRequests
from bot.client.flags import Flags
from bot.client.forms import show_question_form
from bot.client.inspection import InspectedServer, Inspection, NotInspectedError, inspected
from bot.client.introductions import Introductions
from bot.client.login import ContentIntentMissingError, DiscordAwayError, LoginRefusedError
from bot.client.membership import Membership
from bot.client.missed import MOST_HOURS, MissedNotes
from bot.client.options import (
    ChannelOption,
    LanguageOption,
    OwnPresetOption,
    PlaceOption,
    PresetOption,
    SettingOption,
    suggested_values,
)
from bot.client.own_presets import OwnPresets
from bot.client.posting.acknowledgement import acknowledge
from bot.client.posting.interactions import InteractionDelivery, answer_at_once
from bot.client.pressed_asks import PressedAsks
from bot.client.presses import Presses
from bot.client.privacy import Privacy
from bot.client.questions import Questions
from bot.client.recap import Recaps
from bot.client.reconciliation import Reconciliation
from bot.client.recordings import Recordings
from bot.client.retelling import Retelling
from bot.client.seen import locale_of, seen_command, seen_message
from bot.client.server_settings import ServerSettings
from bot.client.usage import UsageReports
from bot.client.voicebot import VoiceBot
from bot.client.withdrawals import Withdrawals

__all__ = [
    "MOST_HOURS",
    "About",
    "Actions",
    "Answering",
    "Arrivals",
    "CatchUp",
    "ChannelOption",
    "Chosen",
    "ContentIntentMissingError",
    "DeleteRequests",
    "DiscordAwayError",
    "Flags",
    "InspectedServer",
    "Inspection",
    "InteractionDelivery",
    "Introductions",
    "LanguageOption",
    "LoginRefusedError",
    "Membership",
    "MissedNotes",
    "NotInspectedError",
    "OwnPresetOption",
    "OwnPresets",
    "PlaceOption",
    "PresetOption",
    "PressedAsks",
    "Presses",
    "Privacy",
    "Questions",
    "Recaps",
    "Reconciliation",
    "Recordings",
    "Retelling",
    "ServerSettings",
    "SettingOption",
    "UsageReports",
    "VoiceBot",
    "Withdrawals",
    "acknowledge",
    "answer_at_once",
    "inspected",
    "locale_of",
    "logged_in",
    "seen_command",
    "seen_message",
    "show_question_form",
    "suggested_values",
]
