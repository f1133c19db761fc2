"""A sentence for each reason why a server's setting can't have a value, and what it could have. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import errors, rules
from bot.reply.quantities import quantity

if TYPE_CHECKING:
    from bot.reply.catalogue import Words


def about_setting(  # noqa: PLR0911 - one a kind
    error: errors.ValueUnusable | errors.ValueTooHigh | errors.WholeServerOnly, words: Words
) -> str:
    """Why something can't be set, and what could be."""
    setting = rules.named(error.setting)
    if setting is None:
        return words("I don't know this setting any more. Please choose another one.")
    label, kind = words(setting.label), setting.kind
    if isinstance(error, errors.WholeServerOnly):
        return words(
            "Please set “{label}” for the whole server: it can't be set for one channel.", label=label
        )
    if isinstance(error, errors.ValueTooHigh) and isinstance(kind, rules.Number):
        most = quantity(error.most, kind.unit, words)
        return words(
            "Please choose less: whoever runs me allows no more than {most} for “{label}”.",
            most=most,
            label=label,
        )
    match kind:
        case rules.Number(least=least, most=most):
            return words(
                "Please give “{label}” a number from {least} to {most}.",
                label=label,
                least=words.number(least),
                most=words.number(most),
            )
        case rules.Channels():
            return words("Please give “{label}” channels, such as #general: 25 at most.", label=label)
        case rules.Roles():
            return words("Please give “{label}” roles, such as @Members: 25 at most.", label=label)
        case rules.Asked():
            return words(
                "A prompt needs some words, and has 4000 characters at most. Please type another one."
            )
        case _:
            return words("Please choose one of the values that are offered for “{label}”.", label=label)
