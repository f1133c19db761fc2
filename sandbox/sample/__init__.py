"""A short voice note and its words; README.md says what made them."""

from __future__ import annotations

from pathlib import Path

NOTE = Path(__file__).parent / "note.ogg"
WORDS = Path(__file__).parent / "note.txt"
