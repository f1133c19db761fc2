"""What can be asked of a recording, as the keys under which the ledger keeps it: each is answered once. Pure.

A key says what is asked and by which event: `listened`, `preset:summary:de`, `typed:123`, `question:456`.
"""

from __future__ import annotations

LISTENED = "listened"
"""The note is answered because the bot listens in its channel."""
OFFERED = "offered"
"""The note is not answered, but a button is put below it that asks for the answer."""
MOST_CHARACTERS = 40
"""The longest key, in characters: as much as the ledger's column takes."""
_PRESET, _TYPED, _QUESTION = "preset", "typed", "question"


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def base36(number: int) -> str:
    """A number from 0 on as it stands in keys and custom ids, which have to be short; `int(…, 36)` reads it."""
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits or "0"


def preset(name: str, language: str | None) -> str:
    """The key of a preset, by its own key, in a language (a tag such as `pt-BR`); None where the preset's prompt names no language."""
    return f"{_PRESET}:{name}:{language or ''}"


def typed(interaction_id: int) -> str:
    """The key of a question that was typed into a form."""
    return f"{_TYPED}:{interaction_id}"


def question(message_id: int) -> str:
    """The key of a question that was asked in a message."""
    return f"{_QUESTION}:{message_id}"


def is_question(ask: str) -> bool:
    """Whether it is a question in a conversation. Such are answered one after the other."""
    return ask.startswith(f"{_QUESTION}:")


def preset_of(ask: str) -> tuple[str, str | None] | None:
    """Key and language of the preset that is asked for; None for what is no preset."""
    kind, _, rest = ask.partition(":")
    if kind != _PRESET:
        return None
    name, _, language = rest.partition(":")
    return name, language or None
