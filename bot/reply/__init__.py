"""What people read: answers, errors and remarks as pages of Discord's Markdown.

In go answers and errors; out come texts that fit Discord's messages. Nothing here knows how they are sent.
"""

from bot.reply.commands import PROMPT_BLANK, prompt_reset, prompt_set, prompt_shown
from bot.reply.growth import Growth
from bot.reply.layout import (
    RESTARTING,
    Reply,
    explained,
    finished,
    growing,
    thread_name,
    title,
    waiting,
    without_file,
)
from bot.reply.wording import GAP, LATE, NO_MORE_ROOM, progress, sentence, what_is_missing

__all__ = [
    "GAP",
    "LATE",
    "NO_MORE_ROOM",
    "PROMPT_BLANK",
    "RESTARTING",
    "Growth",
    "Reply",
    "explained",
    "finished",
    "growing",
    "progress",
    "prompt_reset",
    "prompt_set",
    "prompt_shown",
    "sentence",
    "thread_name",
    "title",
    "waiting",
    "what_is_missing",
    "without_file",
]
