"""What people read: answers, errors and remarks as pages of Discord's Markdown.

In go answers and errors, and the language (`Words`); out come texts that fit Discord's messages. Nothing here knows how they are sent.
"""

from bot.reply.catalogue import ENGLISH, LOCALES, Words, marked, words_for
from bot.reply.commands import PROMPT_BLANK, prompt_reset, prompt_set, prompt_shown
from bot.reply.growth import Growth
from bot.reply.layout import (
    Reply,
    explained,
    finished,
    forms,
    growing,
    restarting,
    thread_name,
    title,
    waiting,
)
from bot.reply.wording import (
    GAP,
    LATE,
    NO_MORE_ROOM,
    REFUSED_THERE,
    SENT_PRIVATELY,
    SENT_TO_AUTHOR,
    progress,
    sentence,
    what_is_missing,
)

__all__ = [
    "ENGLISH",
    "GAP",
    "LATE",
    "LOCALES",
    "NO_MORE_ROOM",
    "PROMPT_BLANK",
    "REFUSED_THERE",
    "SENT_PRIVATELY",
    "SENT_TO_AUTHOR",
    "Growth",
    "Reply",
    "Words",
    "explained",
    "finished",
    "forms",
    "growing",
    "marked",
    "progress",
    "prompt_reset",
    "prompt_set",
    "prompt_shown",
    "restarting",
    "sentence",
    "thread_name",
    "title",
    "waiting",
    "what_is_missing",
    "words_for",
]
