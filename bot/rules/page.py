"""The page docs/settings.md, made of the declarations: `make settings` writes it, and a test compares."""

from __future__ import annotations

import sys
from typing import Any

from bot.rules.declared import SETTINGS, Scope, Setting
from bot.rules.kinds import (
    MOST_IDS,
    Asked,
    Channels,
    Choice,
    Language,
    Model,
    Number,
    Roles,
    Several,
    Switch,
    Unit,
)

_HEAD = """\
# What a server can decide

<!-- Written by `make settings` from bot/rules/declared.py: change it there. -->

Members who manage a server (or whom it gives the command in *Server Settings, Integrations*) decide what the bot does there:

- `/settings show` is a panel: all at a glance, changed by choosing. What the server has decided is bold. With a channel or
  thread it shows, and changes, what holds there.
- `/settings set` does the same for those who type: name and value complete while they do.
- `/settings undo` takes the last change back, then the one before it: the last twenty are kept.
- `/prompt` is the short way to the one setting *Prompt*.

**Who decides.** A thread has what is set for it, or else what is set for its channel, or else for the server, or else what
whoever runs the bot has set: by a variable of its own, or in `SERVER_SETTINGS` (`listening=off; footer=model,cost`). Where
that is a limit, a server can only set less. In direct messages the last alone counts. A change holds for notes posted from
then on; other processes of a fleet know of it two seconds later.

**Roles** are those of whoever asks: of the author where a note is posted, of whoever presses or uses a command otherwise.
Changed roles count a minute later. Webhooks have none.
"""


def page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_HEAD, *(_section(setting) for setting in SETTINGS)])


def _section(setting: Setting[Any]) -> str:
    lines = [
        f"## {setting.label}",
        "",
        setting.help,
        "",
        f"- Name: `{setting.name}`",
        f"- Values: {_values(setting)}",
        f"- For: {'the server, a channel or a thread' if setting.scope is Scope.BOTH else 'the whole server'}",
        f"- Otherwise: {_otherwise(setting)}",
        "",
    ]
    return "\n".join(lines)


def _values(setting: Setting[Any]) -> str:  # noqa: PLR0911 - one a kind
    match setting.kind:
        case Switch():
            return "`on`, `off`"
        case Choice(options=options):
            return "; ".join(f"`{key}` ({said})" for key, said in options.items())
        case Several(options=options):
            keys = ", ".join(f"`{key}` ({said})" for key, said in options.items())
            return f"any of {keys}, separated by commas; or none"
        case Number(unit=unit, least=least, most=most):
            counted = "minutes" if unit is Unit.MINUTES else "the completion API's credits"
            return f"a number of {counted}, from {least:g} to {most:,.0f}"
        case Channels():
            return f"channels, {MOST_IDS} at most"
        case Roles():
            return f"roles, {MOST_IDS} at most"
        case Language():
            return "a language; `spoken` for that which is spoken"
        case Model():
            return "one of `OFFERED_MODELS`"
        case Asked(most_characters=most):
            return f"a text of {most} characters at most; or `preset:` and the name of a preset"
        case _:
            raise AssertionError(setting.kind)


def _otherwise(setting: Setting[Any]) -> str:
    if setting.variable:
        limit = ", which is also the most" if setting.ceiling else ""
        return f"`{setting.variable.upper()}`{limit}"
    stored = setting.kind.write(setting.default)
    return f"`{stored}`" if stored else "none"


if __name__ == "__main__":
    sys.stdout.write(page())
