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
    forms,
    growing,
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
    how_it_ended,
    progress,
    sentence,
)

__all__ = [
    "GAP",
    "LATE",
    "NO_MORE_ROOM",
    "PROMPT_BLANK",
    "REFUSED_THERE",
    "RESTARTING",
    "SENT_PRIVATELY",
    "SENT_TO_AUTHOR",
    "Growth",
    "Reply",
    "explained",
    "finished",
    "forms",
    "growing",
    "how_it_ended",
    "progress",
    "prompt_reset",
    "prompt_set",
    "prompt_shown",
    "sentence",
    "thread_name",
    "title",
    "waiting",
]
