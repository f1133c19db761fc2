"""docs/settings.md is what the declarations make of it."""

from __future__ import annotations

from pathlib import Path

from bot.rules import SETTINGS
from bot.rules.page import page

ROOT = Path(__file__).parents[2]


def test_the_page_is_up_to_date() -> None:
    """`make settings` writes it."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page()


def test_every_setting_has_its_section() -> None:
    """With its name, its values and what holds otherwise."""
    sections = page().split("\n## ")[1:]
    assert len(sections) == len(SETTINGS)
    for setting, section in zip(SETTINGS, sections, strict=True):
        assert section.startswith(f"{setting.label}\n\n{setting.help}\n")
        assert f"- Name: `{setting.name}`\n- Values: " in section
        assert "\n- Otherwise: " in section
