"""What presets put on the wire."""

from __future__ import annotations

import pytest

from bot import asks, presets, prompts

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


def test_a_servers_own_preset_is_known_by_its_number() -> None:
    """With another prompt it has another key; both fit the ledger with every language there is."""
    preset = presets.own(2**63 - 1, title="Recipe", emoji=None, prompt="Bake.", revision=2**31 - 1)
    assert presets.own_number(preset.name) == presets.own_number(preset.key) == 2**63 - 1
    assert presets.plain_name(preset.key) == preset.name
    assert len(asks.preset(preset.key, "pt-BR")) <= 40
    assert presets.own(36, title="a", emoji=None, prompt="b", revision=0).key == "own-10"
    for other in ("summary", "own-", "own-A", "own-1.", "own-1:de", "own-" + "z" * 14, ""):
        assert presets.own_number(other) is None


def test_a_servers_own_prompt_is_taken_as_it_is() -> None:
    """But for the language, if it names one; other braces mean nothing."""
    plain = presets.own(1, title="a", emoji=None, prompt="Say {x} and {}.", revision=0)
    assert not plain.names_language
    assert plain.worded(None) == "Say {x} and {}."
    assert plain.worded("German") == "Say {x} and {}.\n\nAnswer in German."
    named = presets.own(1, title="a", emoji=None, prompt="In {language}: {0}", revision=0)
    assert named.names_language
    assert named.worded("German") == "In German: {0}"


def test_what_is_typed_is_cleaned() -> None:
    """Of white space that means nothing; a composed letter is one sign."""
    draft = presets.Draft.typed("  Ba\n guette\u0301 ", " ", "\n Bake.\n")
    assert draft == presets.Draft(title="Ba guett\u00e9", emoji=None, prompt="Bake.")
