"""What is wanted, as the key under which it is answered once, and as the prompt."""

from __future__ import annotations

import pytest

from bot import asks, presets
from bot.models import Question
from bot.notes import asking
from bot.reply import languages


@pytest.mark.parametrize("preset", presets.BUILT_IN, ids=lambda preset: preset.name)
@pytest.mark.parametrize("language", languages.OFFERED)
def test_a_preset(preset: presets.Preset, language: str) -> None:
    """Whoever asks, its key is the same, and fits; the prompt names the language in English, and has no gap left."""
    one, other = asking.preset(preset, language, 1), asking.preset(preset, language, 2)
    assert one.ask == other.ask == f"preset:{preset.name}:{language}"
    assert len(one.ask) <= 40
    assert languages.english_name(language) in one.prompt.text
    assert "{" not in one.prompt.text
    assert (one.asked_by, other.asked_by) == (1, 2)


def test_a_preset_in_whatever_is_spoken() -> None:
    """A transcript then is the default one."""
    assert asking.preset(presets.TRANSCRIBE, None, 1).prompt.text == "Please transcribe this audio file."
    assert "{" not in asking.preset(presets.SUMMARY, None, 1).prompt.text


def test_questions() -> None:
    """Each has a key of its own, of the event that asked, which fits for the largest ids; typed words are the prompt."""
    largest = 2**64 - 1
    typed = asking.typed("  Why?\n", largest, 1)
    assert (typed.prompt.text, typed.ask) == ("Why?", f"typed:{largest}")
    written = asking.asked_in(Question(message_id=largest, channel_id=2), 1)
    assert (written.prompt.text, written.ask) == ("", f"question:{largest}")
    assert max(len(typed.ask), len(written.ask)) <= 40
    assert asks.is_question(written.ask)
    assert not asks.is_question(typed.ask)
