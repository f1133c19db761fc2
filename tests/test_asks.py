"""The keys of what is asked: they fit the ledger, and say what they are."""

from __future__ import annotations

import pytest

from bot import asks, presets
from bot.reply import languages

LARGEST = 2**63 - 1


def test_all_keys_fit_the_ledger() -> None:
    """Its column takes forty characters."""
    keys = [asks.typed(LARGEST), asks.question(LARGEST), asks.LISTENED]
    keys += [asks.preset(preset.name, tag) for preset in presets.BUILT_IN for tag in languages.OFFERED]
    assert max(map(len, keys)) <= 40


@pytest.mark.parametrize("language", ["de", "pt-BR", None])
def test_a_presets_key_says_which(language: str | None) -> None:
    """Name and language."""
    assert asks.preset_of(asks.preset("summary", language)) == ("summary", language)


@pytest.mark.parametrize("ask", ["listened", "typed:5", "question:6", ""])
def test_what_is_no_preset_is_none(ask: str) -> None:
    """Others have no name."""
    assert asks.preset_of(ask) is None


def test_questions_are_told_from_the_rest() -> None:
    """They are answered one after the other."""
    assert asks.is_question(asks.question(5))
    assert not any(map(asks.is_question, [asks.LISTENED, asks.typed(5), asks.preset("summary", "de")]))
