"""The values every room passes on: ids, numbers, strings and paths. No object of discord.py is among them."""

from bot.models.answers import (
    MOST_TOKENS,
    Answer,
    Audio,
    Ending,
    Heard,
    HeardPart,
    Timings,
    Unheard,
    Usage,
    sum_of,
)
from bot.models.ledger import (
    AnsweredNote,
    Before,
    Claim,
    OrphanedAnswer,
    Posted,
    Standing,
    StandingAnswer,
    State,
)
from bot.models.messages import Attachment, ChannelKind, Origin, Said, SeenMessage
from bot.models.notes import Manner, NoteKey, Prompt, PromptSource, Question, Turn, VoiceNote

__all__ = [
    "MOST_TOKENS",
    "Answer",
    "AnsweredNote",
    "Attachment",
    "Audio",
    "Before",
    "ChannelKind",
    "Claim",
    "Ending",
    "Heard",
    "HeardPart",
    "Manner",
    "NoteKey",
    "Origin",
    "OrphanedAnswer",
    "Posted",
    "Prompt",
    "PromptSource",
    "Question",
    "Said",
    "SeenMessage",
    "Standing",
    "StandingAnswer",
    "State",
    "Timings",
    "Turn",
    "Unheard",
    "Usage",
    "VoiceNote",
    "sum_of",
]
