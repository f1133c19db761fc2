"""Forms: shown, and read when they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import discord

from bot import presets, prompts
from bot.client.posting.acknowledgement import show_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.presets import Preset
    from bot.reply import Press, Words

_FIELD = "question"
"""What the one field of most forms is called."""
_TITLE, _EMOJI, _PROMPT = "title", "emoji", "prompt"
"""And what those of the form for a preset are called."""
_MOST_OF_A_TITLE = 45


async def show_question_form(interaction: discord.Interaction, press: Press, words: Words) -> None:
    """Answer an interaction with the form.

    Args:
        interaction: not answered yet.
        press: what comes back with the form, as its custom id.
        words: the language.

    Raises:
        discord.HTTPException, DiscordAway: Discord does not take it.
    """
    await show_text_form(
        interaction,
        press.custom_id,
        # NOTE: A title of a form.
        title=words("Ask about this recording"),
        # NOTE: A label in a form.
        label=words("Your question"),
        most=prompts.MOST_CHARACTERS,
    )


async def show_text_form(
    interaction: discord.Interaction,
    custom_id: str,
    *,
    title: str,
    label: str,
    most: int,
    value: str = "",
    short: bool = False,
) -> None:
    """Answer an interaction with a form of one field.

    Args:
        interaction: not answered yet.
        custom_id: what comes back with the form.
        title: what stands above it.
        label: what stands above the field.
        most: the most characters that can be typed.
        value: what stands there already.
        short: whether the field has one line.

    Raises:
        discord.HTTPException, DiscordAway: Discord does not take it.
    """
    form = discord.ui.Modal(title=title[:_MOST_OF_A_TITLE], custom_id=custom_id)
    field = discord.ui.TextInput[Any](
        custom_id=_FIELD,
        style=discord.TextStyle.short if short else discord.TextStyle.paragraph,
        max_length=most,
        default=value[:most] or None,
    )
    form.add_item(discord.ui.Label[Any](text=label[:_MOST_OF_A_TITLE], component=field))
    # discord.py would keep the form until it comes back, which it may never do; it is known by its custom id.
    form.stop()
    await show_form(interaction, form)


async def show_preset_form(
    interaction: discord.Interaction, press: Press, preset: Preset | None, words: Words
) -> None:
    """Answer an interaction with the form for a server's own preset.

    Args:
        interaction: not answered yet.
        press: what comes back with the form, as its custom id.
        preset: what stands in it to begin with; None for a new one.
        words: the language.

    Raises:
        discord.HTTPException, DiscordAway: Discord does not take it.
    """
    # NOTE: A title of a form.
    title = words("A preset of this server")
    form = discord.ui.Modal(title=title, custom_id=press.custom_id)
    fields = (
        (
            # NOTE: A label in a form.
            words("Name"),
            None,
            discord.ui.TextInput[Any](
                custom_id=_TITLE, max_length=presets.MOST_TITLE, default=preset.title if preset else None
            ),
        ),
        (
            # NOTE: A label in a form.
            words("Emoji"),
            None,
            discord.ui.TextInput[Any](
                custom_id=_EMOJI,
                max_length=presets.MOST_EMOJI,
                required=False,
                default=preset.emoji if preset else None,
            ),
        ),
        (
            # NOTE: A label in a form.
            words("Prompt"),
            # NOTE: A description in a form.
            words(
                "What to make of a recording. {placeholder} stands for the language of the answer.",
                placeholder="{language}",
            ),
            discord.ui.TextInput[Any](
                custom_id=_PROMPT,
                style=discord.TextStyle.paragraph,
                max_length=prompts.MOST_CHARACTERS,
                default=preset.prompt if preset else None,
            ),
        ),
    )
    for label, description, field in fields:
        form.add_item(discord.ui.Label[Any](text=label, description=description, component=field))
    form.stop()
    await show_form(interaction, form)


def typed_into(data: Any) -> dict[str, str]:
    """What was typed into the form for a preset: its `title`, `emoji` and `prompt`; empty where nothing was."""
    return {name: _typed(data, name) for name in (_TITLE, _EMOJI, _PROMPT)}


def text_in(data: Any) -> str:
    """What was typed into the form that an interaction's data carry; empty if nothing was."""
    return _typed(data, _FIELD)


def _typed(data: Any, name: str) -> str:
    return next(
        (str(field.get("value") or "") for field in _fields(data) if field.get("custom_id") == name), ""
    )


def _fields(component: Any) -> Iterator[dict[str, Any]]:
    """All components below one, in whatever way they are nested."""
    if not isinstance(component, dict):
        return
    held = cast("dict[str, Any]", component)
    yield held
    for inner in (held.get("component"), *(held.get("components") or ())):
        yield from _fields(inner)
