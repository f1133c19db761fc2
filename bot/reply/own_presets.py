"""What /presets says: a server's own presets, and what becomes of one that somebody typed into the form. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.marking import marked as _
from bot.presets import MOST_OWN
from bot.reply import pages
from bot.reply.guide import command
from bot.reply.layout import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.presets import Draft, Preset
    from bot.reply.catalogue import Words

TITLE_BLANK = _("A preset needs a name.")
PROMPT_BLANK = _("A preset needs a prompt: what is the model to make of a recording?")
BUTTON_REFUSED = _(
    "Discord doesn't take this name or emoji for a button. Please choose another emoji, or leave it out."
)
MAY_NOT = _("Only members who may manage the server can change its presets.")
PRESET_GONE = _("This server has removed that preset.")
_MOST_OF_A_PROMPT = 120


def own_presets(presets: Sequence[Preset], command_ids: Mapping[str, int], words: Words) -> str:
    """The answer to /presets list: it may be longer than a message."""
    if not presets:
        return words(
            "This server has no presets of its own. {command} adds one.",
            command=command(command_ids, "presets", "add"),
        )
    head = words.plural(
        "This server has {count} preset of its own; it may have {limit}.",
        "This server has {count} presets of its own; it may have {limit}.",
        len(presets),
        limit=words.number(MOST_OWN),
    )
    return "\n".join((head, *(f"- {_called(preset)}: {_beginning(preset.prompt)}" for preset in presets)))


def preset_kept(preset: Preset, words: Words, *, new: bool) -> Reply:
    """To who has added or changed a preset."""
    if new:
        told = words(
            "The preset {preset} is there. Below answers, it is offered from now on.", preset=_called(preset)
        )
    else:
        told = words("The preset {preset} is changed.", preset=_called(preset))
    return Reply((told,))


def preset_removed(preset: Preset, words: Words) -> Reply:
    """To who has removed a preset, with its prompt, should that have been a mistake."""
    told = words(
        "The preset {preset} is removed. Answers that were made with it stay. This was its prompt:",
        preset=_called(preset),
    )
    return _with_text(told, preset.prompt, "prompt.txt")


def preset_not_kept(why: str, draft: Draft, words: Words) -> Reply:
    """To whose preset was not taken: why, and all they have typed, so that nothing is lost."""
    typed = " ".join(filter(None, (draft.emoji, draft.title)))
    told = words("{reason} Nothing was changed. This is what you have typed:", reason=why)
    return _with_text(told, "\n".join(filter(None, (typed, draft.prompt))), "preset.txt")


def _with_text(told: str, text: str, file_name: str) -> Reply:
    """A sentence with a text to copy: below it in a box, or as a file where it does not fit or would end the box."""
    boxed = f"{told}\n```\n{text}\n```"
    if "```" not in text and pages.units(boxed) <= pages.PAGE_CHARACTERS:
        return Reply((boxed,))
    return Reply((told,), file_text=f"{text}\n", file_name=file_name)


def _called(preset: Preset) -> str:
    return " ".join(filter(None, (preset.emoji, f"**{pages.plain(preset.title or preset.name)}**")))


def _beginning(prompt: str) -> str:
    line = " ".join(prompt.split())
    return pages.plain(line if len(line) <= _MOST_OF_A_PROMPT else f"{line[: _MOST_OF_A_PROMPT - 1]}…")
