"""Why a file cannot be sent: the values that cross from a decoder process to the bot."""

from __future__ import annotations

from enum import Enum, auto

MOST_CHANNELS = 8
MOST_RATE = 384_000


class Verdict(Enum):
    """One reason each; `bot.audio.decoders` turns them into the errors of the house."""

    EMPTY = auto()
    NOT_AUDIO = auto()
    UNSUPPORTED = auto()
    """Sound in a format that has a name, but that no decoder of the list reads."""
    ENCRYPTED = auto()
    """Protected by its seller or sender; nobody but their programs can play it."""
    NO_SOUND = auto()
    SILENT = auto()
    """There is sound, but no voice in it."""
    DAMAGED = auto()
    CHANNELS = auto()
    """More of them than are mixed here."""
    RATE = auto()
    """More samples a second than any recorder takes."""
    TOO_LONG = auto()
    OVER_BUDGET = auto()
    """Too long for what one request may carry, at the lowest bit rate, and too much to be cut into so small parts."""


class UnfitError(Exception):
    """A file that cannot be sent, found out anywhere in a decoder process.

    Args:
        verdict: why.
        found: how many channels, or samples a second, it has; of those verdicts alone.
    """

    def __init__(self, verdict: Verdict, *, found: int | None = None) -> None:
        super().__init__(verdict.name)
        self.verdict = verdict
        self.found = found
