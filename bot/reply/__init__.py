"""What people read: answers, errors and remarks as pages of Discord's Markdown.

In go answers and errors, and the language (`Words`); out come texts that fit Discord's messages. Nothing here knows how they are sent.
"""

from bot.reply import languages, panel, recap, settings
from bot.reply.catalogue import ENGLISH, LOCALES, Words, words_for
from bot.reply.commands import PROMPT_BLANK, prompt_reset, prompt_set, prompt_shown
from bot.reply.controls import (
    DELETE_CHOICE,
    LANGUAGE_CHOICE,
    PRESET_CHOICE,
    Button,
    Controls,
    Menu,
    Picker,
    choice_of,
    is_built_in,
    may_pass,
    preset_name,
)
from bot.reply.error_messages import sentence
from bot.reply.growth import Growth
from bot.reply.guide import guide
from bot.reply.introduction import introduction
from bot.reply.layout import (
    Picture,
    Reply,
    explained,
    finished,
    forms,
    growing,
    offered,
    restarting,
    shared,
    standing,
    thread_name,
    title,
    topic_of,
    waiting,
)
from bot.reply.notice import notice
from bot.reply.own_presets import (
    BUTTON_REFUSED,
    MAY_NOT,
    PRESET_GONE,
    TITLE_BLANK,
    own_presets,
    preset_kept,
    preset_not_kept,
    preset_removed,
)
from bot.reply.own_presets import PROMPT_BLANK as PRESET_WITHOUT_PROMPT
from bot.reply.press_ids import PATTERN, Action, Press
from bot.reply.press_ids import is_ours as is_press
from bot.reply.press_ids import read as read_press
from bot.reply.privacy import Handling, deleted, privacy
from bot.reply.remarks import (
    GAP,
    LATE,
    NO_MORE_ROOM,
    REFUSED_THERE,
    SENT_PRIVATELY,
    SENT_TO_AUTHOR,
    progress,
    what_is_missing,
)
from bot.reply.status import status
from bot.reply.usage import MOST_LISTED, SPANS, Report, chart_description, each_day, usage

__all__ = [
    "BUTTON_REFUSED",
    "DELETE_CHOICE",
    "ENGLISH",
    "GAP",
    "LANGUAGE_CHOICE",
    "LATE",
    "LOCALES",
    "MAY_NOT",
    "MOST_LISTED",
    "NO_MORE_ROOM",
    "PATTERN",
    "PRESET_CHOICE",
    "PRESET_GONE",
    "PRESET_WITHOUT_PROMPT",
    "PROMPT_BLANK",
    "REFUSED_THERE",
    "SENT_PRIVATELY",
    "SENT_TO_AUTHOR",
    "SPANS",
    "TITLE_BLANK",
    "Action",
    "Button",
    "Controls",
    "Growth",
    "Handling",
    "Menu",
    "Picker",
    "Picture",
    "Press",
    "Reply",
    "Report",
    "Words",
    "chart_description",
    "choice_of",
    "deleted",
    "each_day",
    "explained",
    "finished",
    "forms",
    "growing",
    "guide",
    "introduction",
    "is_built_in",
    "is_press",
    "languages",
    "may_pass",
    "notice",
    "offered",
    "own_presets",
    "panel",
    "preset_kept",
    "preset_name",
    "preset_not_kept",
    "preset_removed",
    "privacy",
    "progress",
    "prompt_reset",
    "prompt_set",
    "prompt_shown",
    "read_press",
    "recap",
    "restarting",
    "sentence",
    "settings",
    "shared",
    "standing",
    "status",
    "thread_name",
    "title",
    "topic_of",
    "usage",
    "waiting",
    "what_is_missing",
    "words_for",
]
