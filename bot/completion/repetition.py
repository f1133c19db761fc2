"""Notices that a model is caught in a loop and says the same again and again until it is stopped.

A song's refrain, "no no no" and a list of alike lines are repetitions, too. A loop is one that goes on for thousands of
characters, without anything else in between.
"""

from __future__ import annotations

import re

LOOK_BACK = 40_000
"""Characters at the end of a text in which a loop is looked for."""
_KEY = 64
"""Characters that are looked for further up: a loop has them again, one period before."""
_CANDIDATES = 8
_TIMES = 8
"""How often the same has to follow itself."""
_SPAN = 3_000
"""Characters it has to fill."""
_TIMES_AT_LIMIT, _SPAN_AT_LIMIT = 6, 500
"""The same where the model was stopped by its limit of length in the middle of it."""
_TIMES_NUMBERED, _SPAN_NUMBERED = 20, 20_000
"""The same where nothing but numbers differs: time stamps do in a loop, too, but so they do in a long list."""
_KEPT = 20
"""Characters kept of a repetition, at least, so that it can still be seen for what it was."""
_WORD_END = re.compile(r"\s")
_NUMBERS = re.compile(r"\d+|\s+")
"""Digits of all scripts."""


def period_of(text: str, *, at_limit: bool = False) -> int | None:
    """How many characters are repeated at the end of `text`, if it ends in a loop.

    Args:
        text: the end of an answer; at most `LOOK_BACK` characters of it are looked at.
        at_limit: whether the model was stopped by a limit of length here.
    """
    return _period(text[-LOOK_BACK:], *((_TIMES_AT_LIMIT, _SPAN_AT_LIMIT) if at_limit else (_TIMES, _SPAN)))


def is_numbered_loop(text: str) -> bool:
    """Whether `text` ends in a loop in which nothing but numbers and white space differs. Slower than `period_of`."""
    plain = _NUMBERS.sub(_masked, text[-LOOK_BACK:])
    period = _period(plain, _TIMES_NUMBERED, _SPAN_NUMBERED)
    return period is not None and any(character.isalpha() for character in plain[-period:])


def without_loop(text: str) -> str:
    """`text` up to the end of the first of its repetitions; as it is where it ends in no loop."""
    period = period_of(text, at_limit=True)
    if period is not None:
        return text[: _kept(text, period)].rstrip()
    # In two steps: where each character of the text without its numbers came from.
    plain: list[str] = []
    origins: list[int] = []
    last = 0
    for match in _NUMBERS.finditer(text):
        plain.append(text[last : match.start()])
        origins.extend(range(last, match.start()))
        plain.append(_masked(match))
        origins.append(match.start())
        last = match.end()
    plain.append(text[last:])
    origins.extend(range(last, len(text)))
    joined = "".join(plain)
    period = _period(joined[-LOOK_BACK:], _TIMES_NUMBERED, _SPAN_NUMBERED)
    if period is None:
        return text
    kept = _kept(joined, period)
    return text[: origins[kept] if kept < len(origins) else len(text)].rstrip()


def _masked(match: re.Match[str]) -> str:
    return " " if match[0].isspace() else "0"


def _period(text: str, times: int, span: int) -> int | None:
    """The length of what is repeated at the end of `text`, so often, over at least so many characters."""
    key = text[-_KEY:]
    if len(text) < span:
        return None
    end = len(text) - 1
    for _ in range(_CANDIDATES):
        found = text.rfind(key, 0, end)
        if found < 0:
            return None
        period = len(text) - _KEY - found
        needed = max(span, times * period)
        if needed > len(text):
            return None
        if text[-needed:-period] == text[len(text) - needed + period :]:
            return period
        end = found + _KEY - 1
    return None


def _kept(text: str, period: int) -> int:
    """How much of `text`, which ends in repetitions of so many characters, comes before the second of them."""
    begins = len(text) - period
    while begins and text[begins - 1] == text[begins - 1 + period]:
        begins -= 1
    kept = begins + period * max(1, -(-_KEPT // period))
    # Where a repetition begins is a matter of chance: better at the end of a word.
    rest = _WORD_END.search(text, kept - 1, kept + _KEPT)
    return min(len(text), rest.start() if rest else kept)
