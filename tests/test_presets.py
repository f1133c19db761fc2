"""What presets put on the wire."""

from __future__ import annotations

import pytest

from bot import presets, prompts

NAMES = ["transcribe", "summary", "todos", "minutes", "translate", "reply"]


def test_there_are_six() -> None:
    """Their names are keys of the ledger and of buttons that stand on Discord: none changes."""
    assert [preset.name for preset in presets.BUILT_IN] == NAMES
    assert [presets.named(name) for name in NAMES] == list(presets.BUILT_IN)
    assert presets.named("haiku") is None
    assert len({preset.emoji for preset in presets.BUILT_IN}) == 6


def test_the_transcript_is_the_guides_own_prompt() -> None:
    """In the language that is spoken, unless another one is named."""
    assert presets.TRANSCRIBE.worded(None) == "Please transcribe this audio file."
    assert (
        presets.TRANSCRIBE.worded("German")
        == "Please transcribe this audio file. Write the transcript in German."
    )
    assert [preset.name for preset in presets.BUILT_IN if preset.transcript] == ["transcribe"]


@pytest.mark.parametrize("preset", presets.BUILT_IN[1:], ids=lambda preset: preset.name)
def test_every_other_names_its_language_and_is_guarded(preset: presets.Preset) -> None:
    """And fits a prompt."""
    worded = preset.worded("Brazilian Portuguese")
    assert "in Brazilian Portuguese" in worded or "into Brazilian Portuguese" in worded
    assert "{" not in worded
    assert "{" not in preset.worded(None)
    assert len(worded) <= 4000
    assert prompts.system(worded) == prompts.MATERIAL
    assert not prompts.wants_transcript(worded)
