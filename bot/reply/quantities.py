"""A number that a server can set, or that an answer took, with what it counts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import rules

if TYPE_CHECKING:
    from bot.reply.catalogue import Words


def quantity(value: float | None, unit: rules.Unit, words: Words) -> str:
    """A number that a server can set, with what it counts."""
    if value is None:
        return words("no limit")
    if unit is rules.Unit.MINUTES:
        return words.duration(value * 60)
    # NOTE: What something costs, in the credits of the speech service.
    return words("{cost} credits", cost=words.precise(value))
