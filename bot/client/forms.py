"""The form in which one asks a question: shown, and read when it comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord

from bot import prompts
from bot.client.acknowledgement import show_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reply import Press, Words

_FIELD = "question"


async def show_question_form(interaction: discord.Interaction, press: Press, words: Words) -> None:
    """Answer an interaction with the form.

    Args:
        interaction: not answered yet.
        press: what comes back with the form, as its custom id.
        words: the language.

    Raises:
        discord.HTTPException, DiscordAway: Discord does not take it.
    """
    # NOTE: A title of a form.
    form = discord.ui.Modal(title=words("Ask about this recording"), custom_id=press.custom_id)
    field = discord.ui.TextInput[Any](
        custom_id=_FIELD, style=discord.TextStyle.paragraph, max_length=prompts.MOST_CHARACTERS
    )
    # NOTE: A label in a form.
    form.add_item(discord.ui.Label[Any](text=words("Your question"), component=field))
    # discord.py would keep the form until it comes back, which it may never do; it is known by its custom id.
    form.stop()
    await show_form(interaction, form)


def question_in(data: Any) -> str:
    """What was typed into the form that an interaction's data carry; empty if nothing was."""
    return next(
        (str(field.get("value") or "") for field in _fields(data) if field.get("custom_id") == _FIELD), ""
    )


def _fields(component: Any) -> Iterator[dict[str, Any]]:
    """All components below one, in whatever way they are nested."""
    if not isinstance(component, dict):
        return
    held = cast("dict[str, Any]", component)
    yield held
    for inner in (held.get("component"), *(held.get("components") or ())):
        yield from _fields(inner)
